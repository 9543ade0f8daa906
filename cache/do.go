package cache

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"time"

	"posthorn/mail"
	"posthorn/mail/message"
)

// Do writes to the journal what the user did, as a part of a deed of which the
// number and the name are given; it is done then, and is shown. The journal outlives
// a power cut when Do returns. Messages that are gone are passed over. It returns the
// messages that an append or a copy made.
func (db *DB) Do(ctx context.Context, c mail.Change, d mail.Deed) (made []mail.ID, err error) {
	defer db.failed(opOf(c), &err)
	if c, err = db.resolve(ctx, c); err != nil {
		return nil, err
	}
	p := planner{ctx: ctx, db: db, Deed: d}
	if err := p.plan(c); err != nil || len(p.Jobs) == 0 {
		return nil, err
	}
	if err := db.journal.Do(ctx, p.seen, p.Deed); err != nil {
		return nil, foreign(err)
	}
	return p.made, db.shown(ctx)
}

// Plan makes jobs of changes, for who writes them to the journal together with what
// they follow from, and says how far the cache had seen the journal then. They are
// shown by [DB.Show].
func (db *DB) Plan(ctx context.Context, changes ...mail.Change) (seen int64, jobs []mail.Job, err error) {
	defer db.failed("prepare what follows", &err)
	p := planner{ctx: ctx, db: db}
	for i, c := range changes {
		if c, err = db.resolve(ctx, c); err == nil {
			err = p.plan(c)
		}
		if err != nil {
			return 0, nil, err
		}
		if i == 0 {
			seen = p.seen
		}
	}
	return seen, p.Jobs, nil
}

// Undo takes back what a deed did to messages that are still here, and shows it. It
// returns the messages to which that did something.
func (db *DB) Undo(ctx context.Context, d mail.Deed) (undone []mail.ID, err error) {
	defer db.failed("undo", &err)
	p := planner{ctx: ctx, db: db}
	if err := p.look(); err != nil {
		return nil, err
	}
	for i := range d.Inverses {
		if err := p.renew(&d.Inverses[i].Job); err != nil {
			return nil, err
		}
	}
	undone, err = db.journal.Undo(ctx, p.seen, d)
	if err != nil {
		return nil, foreign(err)
	}
	return undone, db.shown(ctx)
}

// renew has a job name its messages as they are now, without those to which it would
// do nothing. Those that are not here it names by their ids: the journal may know
// them.
func (p *planner) renew(j *mail.Job) error {
	ids := make([]mail.ID, len(j.Items))
	for i, it := range j.Items {
		ids[i] = it.ID
	}
	j.Items = nil
	target := int64(0)
	if j.Op == mail.OpMove {
		f, err := p.db.FolderByName(p.ctx, j.To)
		if errors.Is(err, ErrNoFolder) {
			j.Op = "" // what was begun has no way back
		} else if err != nil {
			return err
		}
		target = f.ID.Row()
	}
	here := map[mail.ID]bool{}
	err := p.db.located(p.ctx, ids, func(m planned) {
		here[m.ID] = true
		switch {
		case j.Op == mail.OpFlags && m.flags&^j.Remove|j.Add == m.flags:
		case j.Op == mail.OpMove && m.folder == target:
		case j.Op != "" && m.folder == 0:
		default:
			j.Items = append(j.Items, mail.Item{Located: m.Located})
		}
	})
	for _, id := range ids {
		if !here[id] {
			j.Items = append(j.Items, mail.Item{Located: mail.Located{ID: id}})
		}
	}
	return err
}

// shown shows what is in the journal by now. That this fails undoes nothing.
func (db *DB) shown(ctx context.Context) error {
	if err := db.Show(ctx); err != nil {
		return fmt.Errorf("it is done, and not shown yet: %w", err)
	}
	return nil
}

// opOf says what a change does.
func opOf(c mail.Change) string {
	switch c.(type) {
	case mail.SetFlags:
		return "set flags"
	case mail.Move, mail.File:
		return "move messages"
	case mail.Copy:
		return "copy messages"
	case mail.Expunge:
		return "delete messages"
	case mail.Append:
		return "store a message"
	}
	return "change messages"
}

// resolve finds the folder of a role.
func (db *DB) resolve(ctx context.Context, c mail.Change) (mail.Change, error) {
	f, ok := c.(mail.File)
	if !ok {
		return c, nil
	}
	to, err := db.folderOf(ctx, f.To)
	if errors.Is(err, ErrNoFolder) {
		return nil, fmt.Errorf("%w: the account has none for %s", ErrNoFolder, f.To)
	}
	return mail.Move{IDs: f.IDs, To: to.ID}, err
}

// A planner makes jobs of a change.
type planner struct {
	ctx  context.Context
	db   *DB
	seen int64 // how far the journal is shown in what is planned on
	mail.Deed
	made []mail.ID
}

// planned is a message as it stands.
type planned struct {
	mail.Located
	folder int64 // where the user sees it
	flags  mail.Flags
}

func (p *planner) plan(c mail.Change) error {
	if err := p.look(); err != nil {
		return err
	}
	switch c := c.(type) {
	case mail.SetFlags:
		return p.setFlags(c)
	case mail.Move:
		return p.move(c)
	case mail.Copy:
		return p.copy(c)
	case mail.Expunge:
		return p.each(c.IDs, func(_ int64, all []planned) error {
			p.add(mail.Job{Op: mail.OpExpunge}, all)
			p.inverse(mail.Job{}, all)
			return nil
		})
	case mail.Append:
		j, err := p.append(c)
		p.Jobs = append(p.Jobs, j)
		p.Inverses = append(p.Inverses, mail.Inverse{Of: int64(len(p.Jobs)) - 1, Job: mail.Job{Op: mail.OpExpunge, Items: j.Items}})
		return err
	}
	return fmt.Errorf("the cache does not know the change %T", c)
}

// look notes how far the journal is shown.
func (p *planner) look() error {
	e, err := seen(p.ctx, p.db.read)
	p.seen = e.Number
	return err
}

// each reads the messages as they are, and calls f for those of each folder.
func (p *planner) each(ids []mail.ID, f func(folder int64, all []planned) error) error {
	var order []int64
	byFolder := map[int64][]planned{}
	known := map[mail.ID]bool{}
	err := p.db.located(p.ctx, ids, func(m planned) {
		if m.folder == 0 || known[m.ID] {
			return
		}
		known[m.ID] = true
		if byFolder[m.folder] == nil {
			order = append(order, m.folder)
		}
		byFolder[m.folder] = append(byFolder[m.folder], m)
	})
	if err != nil {
		return err
	}
	for _, folder := range order {
		if err := f(folder, byFolder[folder]); err != nil {
			return err
		}
	}
	return nil
}

// located calls f for the messages that are here, in the order of ids.
func (db *DB) located(ctx context.Context, ids []mail.ID, f func(planned)) error {
	st, err := db.read.PrepareContext(ctx, `SELECT m.folder, m.flags, coalesce(f.name, ''), coalesce(f.validity, 0), m.uid, m.msgid, coalesce(m.received, 0), m.size, m.has
		FROM messages m LEFT JOIN folders f ON f.id = m.lies WHERE m.id = ?`)
	if err != nil {
		return err
	}
	defer st.Close()
	for _, id := range ids {
		m := planned{Located: mail.Located{ID: id}}
		var uid any
		var received int64
		err := st.QueryRowContext(ctx, id.Row()).Scan(&m.folder, &m.flags, &m.At.Mailbox, &m.At.Validity, &uid, &m.MessageID, &received, &m.Size, &m.Flags)
		if errors.Is(err, sql.ErrNoRows) || id.Slot() != db.slot {
			continue
		}
		if err != nil {
			return err
		}
		if m.At.UID = uidOf(uid); received != 0 {
			m.Received = time.Unix(received, 0)
		}
		f(m)
	}
	return nil
}

// add adds a job about messages.
func (p *planner) add(j mail.Job, all []planned) *mail.Job {
	for _, m := range all {
		j.Items = append(j.Items, mail.Item{Located: m.Located})
	}
	p.Jobs = append(p.Jobs, j)
	return &p.Jobs[len(p.Jobs)-1]
}

// inverse notes what takes the last job back, for some of its messages.
func (p *planner) inverse(j mail.Job, of []planned) {
	for _, m := range of {
		j.Items = append(j.Items, mail.Item{Located: m.Located})
	}
	p.Inverses = append(p.Inverses, mail.Inverse{Of: int64(len(p.Jobs)) - 1, Job: j})
}

func (p *planner) setFlags(c mail.SetFlags) error {
	return p.each(c.IDs, func(_ int64, all []planned) error {
		all = slices.DeleteFunc(all, func(m planned) bool { return m.flags&^c.Remove|c.Add == m.flags })
		if len(all) == 0 {
			return nil
		}
		p.add(mail.Job{Op: mail.OpFlags, Add: c.Add, Remove: c.Remove}, all)
		type change struct{ gained, lost mail.Flags }
		by := map[change][]planned{}
		for _, m := range all {
			next := m.flags&^c.Remove | c.Add
			k := change{next &^ m.flags, m.flags &^ next}
			by[k] = append(by[k], m)
		}
		for k, of := range by {
			p.inverse(mail.Job{Op: mail.OpFlags, Add: k.lost, Remove: k.gained}, of)
		}
		return nil
	})
}

func (p *planner) move(c mail.Move) error {
	to, err := p.db.nameOf(p.ctx, c.To)
	if err != nil {
		return err
	}
	return p.each(c.IDs, func(folder int64, all []planned) error {
		if folder == c.To.Row() {
			return nil
		}
		from, err := p.db.nameOf(p.ctx, mail.NewFolderID(p.db.slot, folder))
		if err != nil {
			return err
		}
		p.add(mail.Job{Op: mail.OpMove, To: to}, all)
		p.inverse(mail.Job{Op: mail.OpMove, To: from}, all)
		return nil
	})
}

// copy gives each copy an id at once: it is seen, and can be acted on, before the
// source has it.
func (p *planner) copy(c mail.Copy) error {
	to, err := p.db.nameOf(p.ctx, c.To)
	if err != nil {
		return err
	}
	ids, err := p.db.message.take(p.ctx, len(c.IDs))
	if err != nil {
		return err
	}
	defer p.db.message.back(&ids)
	return p.each(c.IDs, func(_ int64, all []planned) error {
		j := p.add(mail.Job{Op: mail.OpCopy, To: to}, all)
		made := make([]planned, len(all))
		for i := range j.Items {
			row, err := ids.one()
			if err != nil {
				return err
			}
			j.Items[i].Made = mail.NewID(p.db.slot, row)
			made[i].ID = j.Items[i].Made
			p.made = append(p.made, made[i].ID)
		}
		p.inverse(mail.Job{Op: mail.OpExpunge}, made)
		return nil
	})
}

// append puts a message that was made here into a folder.
func (p *planner) append(c mail.Append) (mail.Job, error) {
	to, err := p.db.nameOf(p.ctx, c.To)
	if err != nil {
		return mail.Job{}, err
	}
	ids, err := p.db.message.take(p.ctx, 1)
	if err != nil {
		return mail.Job{}, err
	}
	h := made(c)
	id := mail.NewID(p.db.slot, ids.next)
	p.made = []mail.ID{id}
	l := mail.Located{ID: id, MessageID: h.MessageID, Received: h.Received, Size: h.Size, Flags: c.Flags}
	return mail.Job{Op: mail.OpAppend, To: to, Add: c.Flags, Date: h.Received, Raw: c.Raw, Items: []mail.Item{{Located: l}}}, nil
}

// nameOf returns the name of a folder.
func (db *DB) nameOf(ctx context.Context, f mail.FolderID) (name string, err error) {
	err = db.read.QueryRowContext(ctx, "SELECT name FROM folders WHERE id = ?", f.Row()).Scan(&name)
	if errors.Is(err, sql.ErrNoRows) || f.Slot() != db.slot {
		err = errFolderGone
	}
	return name, err
}

// made returns the header of a message that was made here.
func made(c mail.Append) *mail.Header {
	m := message.Parse(c.Raw)
	h := &mail.Header{Received: c.Date, Size: int64(len(c.Raw)), Flags: c.Flags, Envelope: m.Envelope, Structure: m.Root}
	if h.Received.IsZero() {
		h.Received = time.Now()
	}
	return h
}
