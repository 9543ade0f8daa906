package cache

import (
	"context"

	"posthorn/mail"
)

// Replace puts a text in the place of one that was saved before, as that of a draft:
// the message keeps its id. As long as the source has not been given the old text, it
// is not given that at all. Otherwise that is deleted once the source has the new one,
// and not before.
func (db *DB) Replace(ctx context.Context, a mail.Append, old mail.ID) (now mail.ID, err error) {
	defer db.failed("save a message in the place of another", &err)
	p := planner{ctx: ctx, db: db}
	if err := p.look(); err != nil {
		return 0, err
	}
	j, err := p.append(a)
	if err != nil {
		return 0, err
	}
	j.Leisurely = true
	was := mail.Located{ID: old}
	if err := db.located(ctx, []mail.ID{old}, func(m planned) { was = m.Located }); err != nil {
		return 0, err
	}
	now, err = db.journal.Replace(ctx, p.seen, was, j)
	if err != nil {
		return 0, foreign(err)
	}
	return now, db.shown(ctx)
}

// Retarget has a message put into another folder than the one it was to be put
// into. It is not shown elsewhere if it was deleted meanwhile.
func (db *DB) Retarget(ctx context.Context, j *Job, to mail.FolderID) (err error) {
	defer db.failed("put a message into another folder", &err)
	name, err := db.nameOf(ctx, to)
	if err != nil {
		return err
	}
	if err := db.journal.Retarget(ctx, j.Seq, name); err != nil {
		return foreign(err)
	}
	return db.Show(ctx)
}
