package cache

import (
	"bytes"
	"compress/flate"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"time"

	"posthorn/mail"
)

// A body is stored behind one byte that says how.
const (
	stored   = 0
	deflated = 1
)

// PutPart keeps the body of a part, as the source encodes it. The path is empty
// for a whole message, and "HEADER" for its header. What was read least lately
// goes when there is too much.
func (db *DB) PutPart(ctx context.Context, id mail.ID, path string, b []byte) (err error) {
	defer db.failed("keep a body", &err)
	return db.noting(ctx, func(tx *sql.Tx) error {
		if err := putPart(ctx, tx, id.Row(), path, b); err != nil {
			return err
		}
		return db.evict(ctx, tx)
	})
}

// putPart drops what was there first: a row that is replaced would stay counted.
func putPart(ctx context.Context, tx *sql.Tx, id int64, path string, b []byte) error {
	data, err := deflate(b)
	if err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, "DELETE FROM bodies WHERE message = ? AND part = ?", id, path); err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, "INSERT INTO bodies SELECT ?1, ?2, ?3, ?4 WHERE EXISTS (SELECT 1 FROM messages WHERE id = ?1)", id, path, data, time.Now().Unix())
	return err
}

// keptQuery returns how many octets of bodies are kept, which triggers count.
const keptQuery = "SELECT value FROM meta WHERE key = 'bodies'"

// evictQuery drops what was read least lately. What was made here and is not on
// the source yet stays.
const evictQuery = `DELETE FROM bodies WHERE rowid = (SELECT b.rowid FROM bodies b JOIN messages m ON m.id = b.message WHERE m.uid IS NOT NULL ORDER BY b.used LIMIT 1)`

// evict drops bodies until what is kept is within the bound.
func (db *DB) evict(ctx context.Context, tx *sql.Tx) error {
	for {
		var kept int64
		if err := tx.QueryRowContext(ctx, keptQuery).Scan(&kept); err != nil || kept <= db.o.BodyBytes {
			return err
		}
		res, err := tx.ExecContext(ctx, evictQuery)
		if err != nil {
			return err
		}
		if n, err := res.RowsAffected(); n == 0 || err != nil {
			return err
		}
	}
}

// Part returns the body of a part as it was kept, and whether it is here.
func (db *DB) Part(ctx context.Context, id mail.ID, path string) (b []byte, kept bool, err error) {
	defer db.failed("read a body", &err)
	var data []byte
	var used int64
	err = db.read.QueryRowContext(ctx, "SELECT data, used FROM bodies WHERE message = ? AND part = ?", id.Row(), path).Scan(&data, &used)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, false, nil
	}
	if err != nil {
		return nil, false, err
	}
	if now := time.Now().Unix(); now-used > 3600 { // to the hour is enough
		db.glances.note(glance{id.Row(), path}, now)
	}
	b, err = inflate(data)
	return b, err == nil, err
}

func deflate(b []byte) ([]byte, error) {
	var buf bytes.Buffer
	buf.WriteByte(deflated)
	w, err := flate.NewWriter(&buf, flate.BestSpeed)
	if err != nil {
		return nil, err
	}
	_, err = w.Write(b)
	if err := errors.Join(err, w.Close()); err != nil {
		return nil, err
	}
	if buf.Len() > len(b) {
		return append([]byte{stored}, b...), nil
	}
	return buf.Bytes(), nil
}

var errBody = errors.New("a stored body is damaged")

func inflate(data []byte) ([]byte, error) {
	if len(data) == 0 {
		return nil, errBody
	}
	switch data[0] {
	case stored:
		return data[1:], nil
	case deflated:
		b, err := io.ReadAll(flate.NewReader(bytes.NewReader(data[1:])))
		if err != nil {
			return nil, fmt.Errorf("%w: %w", errBody, err)
		}
		return b, nil
	}
	return nil, errBody
}
