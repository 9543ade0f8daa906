package cache

import (
	"context"

	"posthorn/mail"
)

// maxPieces bounds the pieces of one message.
const maxPieces = 1000

// Pieces returns the messages in the folder of one that are pieces of the message
// with an id (message/partial; RFC 2046, section 5.2.2), as far as their structure
// is known, in the order in which they came here.
func (db *DB) Pieces(ctx context.Context, of mail.ID, id string) (ids []mail.ID, err error) {
	defer db.failed("look for the pieces of a message", &err)
	rows, err := db.read.QueryContext(ctx, `SELECT id, structure FROM messages WHERE folder = (SELECT folder FROM messages WHERE id = ?)
		AND instr(structure, CAST('message/partial' AS BLOB)) AND instr(structure, CAST(? AS BLOB)) ORDER BY id LIMIT ?`, of.Row(), id, maxPieces)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var n int64
		var b []byte
		if err := rows.Scan(&n, &b); err != nil {
			return nil, err
		}
		root, err := decodeStructure(b)
		if err == nil && (root.Type == "message/partial" || root.Opened == "message/partial") && root.Params["id"] == id {
			ids = append(ids, mail.NewID(db.slot, n))
		}
	}
	return ids, rows.Err()
}
