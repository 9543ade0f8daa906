package cache

import (
	"database/sql"

	"posthorn/mail"
)

// place gives headers to messages that are here already under no number: what
// the user moved here, and what the source renumbered. It returns the rest.
func (a *applier) place(headers []mail.Header) ([]*mail.Header, error) {
	fresh := make([]*mail.Header, 0, len(headers))
	simple := a.unplaced == 0 && a.adrift == 0 && len(a.moved) == 0 && len(a.pending) == 0
	for i := range headers {
		h := &headers[i]
		if simple {
			fresh = append(fresh, h)
			continue
		}
		known, err := a.placeOne(h)
		if err != nil {
			return nil, err
		}
		if !known {
			fresh = append(fresh, h)
		}
	}
	return fresh, nil
}

func (a *applier) placeOne(h *mail.Header) (bool, error) {
	uid := uidValue(h.UID)
	if id, ok := a.moved[uid]; ok {
		return true, a.setFlags(id, h.Flags, h.Keywords)
	}
	id, err := a.idOf(uid)
	if err != nil || id != 0 {
		if err == nil {
			err = a.setFlags(id, h.Flags, h.Keywords)
		}
		return true, err
	}
	if h.MessageID == "" {
		return false, nil
	}
	if known, err := a.catch(h); known || err != nil || a.unplaced == 0 {
		return known, err
	}
	if id, err = a.unnumbered(h); err != nil || id == 0 {
		return false, err
	}
	a.unplaced--
	if _, err := a.tx.ExecContext(a.ctx, "UPDATE messages SET uid = ?, size = ? WHERE id = ?", uid, h.Size, id); err != nil {
		return false, err
	}
	if _, err := a.tx.ExecContext(a.ctx, "DELETE FROM placed WHERE message = ? AND (folder = ? OR uid IS NULL)", id, a.folder); err != nil {
		return false, err
	}
	return true, a.setFlags(id, h.Flags, h.Keywords)
}

// unnumbered finds the message of the folder without a number that a header is
// of, or 0. What was made here has the size it had here, and servers may count
// otherwise; but a message that a job is about must be the very same, for twins
// by their Message-ID are not the same message.
func (a *applier) unnumbered(h *mail.Header) (int64, error) {
	return a.like(h, "SELECT id, size, received FROM messages WHERE folder = ? AND uid IS NULL AND msgid = ? ORDER BY abs(size - ?), id", func(id int64, same bool) bool {
		return same || !a.named[id]
	})
}

// like returns the first message of a query that is taken for the one of a
// header.
func (a *applier) like(h *mail.Header, query string, take func(id int64, same bool) bool) (int64, error) {
	rows, err := a.tx.QueryContext(a.ctx, query, a.folder, h.MessageID, h.Size)
	if err != nil {
		return 0, err
	}
	defer rows.Close()
	for rows.Next() {
		var id, size int64
		var received sql.NullInt64
		if err := rows.Scan(&id, &size, &received); err != nil {
			return 0, err
		}
		same := size == h.Size && (!received.Valid || h.Received.IsZero() || received.Int64 == h.Received.Unix())
		if take(id, same) {
			return id, nil
		}
	}
	return 0, rows.Err()
}

// catch gives a header's number to a message that the user has elsewhere by now.
func (a *applier) catch(h *mail.Header) (bool, error) {
	if a.adrift == 0 {
		return false, nil
	}
	id, err := a.like(h, `SELECT m.id, m.size, m.received FROM placed p JOIN messages m ON m.id = p.message
		WHERE p.folder = ? AND p.uid IS NULL AND m.msgid = ? ORDER BY abs(m.size - ?), m.id`, func(_ int64, same bool) bool { return same })
	if err != nil || id == 0 {
		return false, err
	}
	uid := uidValue(h.UID)
	a.adrift--
	a.moved[uid] = id
	if _, err := a.tx.ExecContext(a.ctx, "UPDATE placed SET uid = ? WHERE message = ?", uid, id); err != nil {
		return false, err
	}
	return true, a.setFlags(id, h.Flags, h.Keywords)
}

// idOf returns the message with a number in the folder, or 0.
func (a *applier) idOf(uid any) (id int64, err error) {
	err = a.tx.QueryRowContext(a.ctx, "SELECT id FROM messages WHERE folder = ? AND uid = ?", a.folder, uid).Scan(&id)
	if err == sql.ErrNoRows {
		err = nil
	}
	return id, err
}
