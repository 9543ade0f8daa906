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
	// What was made here has the size it had here; servers may count otherwise.
	err = a.tx.QueryRowContext(a.ctx, `SELECT id FROM messages WHERE folder = ? AND uid IS NULL AND msgid = ? ORDER BY abs(size - ?), id LIMIT 1`,
		a.folder, h.MessageID, h.Size).Scan(&id)
	if err == sql.ErrNoRows {
		return false, nil
	}
	if err != nil {
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

// catch gives a header's number to a message that the user has elsewhere by now.
func (a *applier) catch(h *mail.Header) (bool, error) {
	if a.adrift == 0 {
		return false, nil
	}
	var id int64
	err := a.tx.QueryRowContext(a.ctx, `SELECT m.id FROM placed p JOIN messages m ON m.id = p.message
		WHERE p.folder = ? AND p.uid IS NULL AND m.msgid = ? ORDER BY abs(m.size - ?), m.id LIMIT 1`, a.folder, h.MessageID, h.Size).Scan(&id)
	if err == sql.ErrNoRows {
		return false, nil
	}
	if err != nil {
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
