package cache

import (
	"database/sql"

	"posthorn/mail"
)

// place gives headers to messages that are here already under no number: what
// the user moved here, what the source renumbered, and what the journal knows by
// its number. It returns the rest.
func (a *applier) place(headers []mail.Header) ([]*mail.Header, error) {
	fresh := make([]*mail.Header, 0, len(headers))
	lying, err := a.lying(headers)
	if err != nil {
		return nil, err
	}
	simple := a.unplaced == 0 && a.named == 0
	for i := range headers {
		h := &headers[i]
		known := false
		if id := lying[h.UID]; id != 0 {
			known, err = a.restore(id.Row(), h)
		}
		if err == nil && !known && !simple {
			known, err = a.placeOne(h)
		}
		if err != nil {
			return nil, err
		}
		if !known {
			fresh = append(fresh, h)
		}
	}
	return fresh, nil
}

// lying returns which of the headers are of messages that the journal knows.
func (a *applier) lying(headers []mail.Header) (map[mail.UID]mail.ID, error) {
	if len(headers) == 0 {
		return nil, nil
	}
	lying, err := a.db.journal.Lying(a.ctx, a.name, a.validity, headers)
	if err != nil {
		return nil, foreign(err)
	}
	return lying, nil
}

// restore stores a header under the id by which the journal knows it, unless a
// message has that already.
func (a *applier) restore(id int64, h *mail.Header) (bool, error) {
	var there bool
	err := a.tx.QueryRowContext(a.ctx, "SELECT EXISTS (SELECT 1 FROM messages WHERE id = ?1 OR lies = ?2 AND uid = ?3)", id, a.folder, uidValue(h.UID)).Scan(&there)
	if err != nil || there {
		return false, err
	}
	if _, err := a.tx.ExecContext(a.ctx, "INSERT INTO messages "+insertColumns+" VALUES "+insertRow, a.row(nil, id, h)...); err != nil {
		return false, err
	}
	a.touched[id] = true
	a.named++
	return true, indexLate(a.ctx, a.tx, id)
}

func (a *applier) placeOne(h *mail.Header) (bool, error) {
	uid := uidValue(h.UID)
	id, err := a.idOf(uid)
	if err != nil || id != 0 {
		if err == nil {
			err = a.setFlags(id, h.Flags, h.Keywords)
		}
		return true, err
	}
	if h.MessageID == "" || a.unplaced == 0 {
		return false, nil
	}
	if id, err = a.unnumbered(h); err != nil || id == 0 {
		return false, err
	}
	a.unplaced--
	if _, err := a.tx.ExecContext(a.ctx, "UPDATE messages SET lies = ?, uid = ?, size = ? WHERE id = ?", a.folder, uid, h.Size, id); err != nil {
		return false, err
	}
	return true, a.setFlags(id, h.Flags, h.Keywords)
}

// A nameless message is one whose number is not known.
type nameless struct {
	id, lies, size int64
	received       sql.NullInt64
	named          bool
}

// unnumbered finds the message without a number that a header is of, or 0: one
// that lies in the folder, or that a job may have brought here. It must be the very
// same, for twins by their Message-ID are not the same message; only what a job is to
// append may have another size on the server, which may count otherwise.
func (a *applier) unnumbered(h *mail.Header) (int64, error) {
	list, err := a.nameless(h)
	if err != nil {
		return 0, err
	}
	later := int64(0)
	for _, m := range list {
		same := m.size == h.Size && (!m.received.Valid || h.Received.IsZero() || m.received.Int64 == h.Received.Unix())
		if !m.named {
			if !same {
				continue
			}
			return m.id, nil
		}
		here, begun, err := a.meant(m, same)
		if err != nil {
			return 0, err
		}
		if here && begun {
			return m.id, nil
		}
		if here && later == 0 {
			later = m.id
		}
	}
	return later, nil
}

// meant reports whether a header in this folder may be that of a message that the
// journal is about, and whether what brings it here was begun, or it was here before.
// What was not begun may be here all the same, put there by who sent it; but a draft
// is put here by nobody else. What may still lie where it was is not looked for here:
// a server that cannot move copies first.
func (a *applier) meant(m nameless, same bool) (may, begun bool, err error) {
	id := mail.NewID(a.db.slot, m.id)
	jobs, err := a.db.journal.Jobs(a.ctx, []mail.ID{id})
	if err != nil {
		return false, false, foreign(err)
	}
	own, here := true, m.lies == a.folder
	begun = here
	for _, j := range jobs[id] {
		own = own && j.Op == mail.OpAppend
		if m.lies == 0 && j.To == a.name && (j.Begun || j.Op == mail.OpAppend && !j.Add.Has(mail.Draft)) {
			here, begun = true, begun || j.Begun
		}
	}
	return here && (same || own), begun, nil
}

func (a *applier) nameless(h *mail.Header) (list []nameless, err error) {
	rows, err := a.tx.QueryContext(a.ctx, `SELECT id, lies, size, received, named FROM messages WHERE uid IS NULL AND msgid = ?1 AND (lies = ?2 OR named <> 0)
		ORDER BY lies <> ?2, abs(size - ?3), id`, h.MessageID, a.folder, h.Size)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var m nameless
		if err := rows.Scan(&m.id, &m.lies, &m.size, &m.received, &m.named); err != nil {
			return nil, err
		}
		list = append(list, m)
	}
	return list, rows.Err()
}

// idOf returns the message with a number in the folder, or 0.
func (a *applier) idOf(uid any) (id int64, err error) {
	err = a.tx.QueryRowContext(a.ctx, "SELECT id FROM messages WHERE lies = ? AND uid = ?", a.folder, uid).Scan(&id)
	if err == sql.ErrNoRows {
		err = nil
	}
	return id, err
}
