package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"time"

	"posthorn/cache"
	"posthorn/internal/lab"
	"posthorn/mail"
	"posthorn/store"
)

// What a cache is filled with for its figures.
const (
	manyJobs   = 10_000
	unknown    = 2_000
	bodySize   = 256 << 10
	keptBodies = 400 << 20
	tries      = 51
)

// A desk is a cache and its journal without a server.
type desk struct {
	ctx     context.Context
	kept    *store.Store
	db      *cache.DB
	folders map[string]mail.FolderID
	last    int // UID of the newest message
}

// cacheFigures measures what the cache and the journal take, each beside the same
// with less to go through.
func cacheFigures(ctx context.Context, _ *lab.Servers, dir string) error {
	for i, measure := range []func(*desk) error{(*desk).bodies, (*desk).moved, (*desk).jobs} {
		d, err := openDesk(ctx, filepath.Join(dir, fmt.Sprint("desk", i)))
		if err != nil {
			return err
		}
		if err := errors.Join(measure(d), d.db.Close(), d.kept.Close()); err != nil {
			return err
		}
	}
	return nil
}

func openDesk(ctx context.Context, path string) (*desk, error) {
	kept, err := store.Open(ctx, path+".data", path+".state")
	if err != nil {
		return nil, err
	}
	accounts, err := kept.Accounts(ctx, []string{"desk"})
	if err != nil {
		return nil, errors.Join(err, kept.Close())
	}
	db, err := cache.Open(ctx, path+".db", "desk", accounts[0], cache.Options{})
	if err != nil {
		return nil, errors.Join(err, kept.Close())
	}
	d := &desk{ctx: ctx, kept: kept, db: db, folders: map[string]mail.FolderID{}}
	if err := db.SetMailboxes(ctx, []mail.Mailbox{{Name: "INBOX", Role: mail.Inbox, Counts: mail.Unknown()}, {Name: "Archive", Role: mail.Archive, Counts: mail.Unknown()}}); err != nil {
		return nil, err
	}
	list, err := db.Folders(ctx)
	for _, f := range list {
		d.folders[f.Name] = f.ID
	}
	return d, err
}

// arrive stores n new messages in the inbox, and returns how long that took.
func (d *desk) arrive(n int) (time.Duration, error) {
	delta := mail.Delta{Validity: 1, Counts: mail.Unknown()}
	for range n {
		d.last++
		delta.New = append(delta.New, mail.Header{UID: mail.UID(fmt.Sprint(d.last)), Received: time.Unix(int64(d.last), 0), Size: 1000,
			Envelope: mail.Envelope{Subject: "Report", MessageID: fmt.Sprintf("%d@example.org", d.last), From: []mail.Address{{Name: "Ann", Address: "ann@example.org"}}}})
	}
	began := time.Now()
	err := d.db.Apply(d.ctx, d.folders["INBOX"], delta)
	return time.Since(began), err
}

func (d *desk) inbox() (ids []mail.ID, err error) {
	list, err := d.db.Entries(d.ctx, mail.View{Folder: d.folders["INBOX"]}, 0)
	for _, e := range list {
		ids = append(ids, e.ID)
	}
	return ids, err
}

// timed returns the median of how long something takes, done to several messages.
func timed(ids []mail.ID, do func(mail.ID) error) (time.Duration, error) {
	var took []time.Duration
	for _, id := range ids {
		began := time.Now()
		if err := do(id); err != nil {
			return 0, err
		}
		took = append(took, time.Since(began))
	}
	return median(took), nil
}

// bodies stores bodies in a cache that has none, and in one that has many.
func (d *desk) bodies() error {
	r, body := rand.New(rand.NewPCG(1, 1)), make([]byte, bodySize)
	for i := range body {
		body[i] = byte(r.Uint32())
	}
	if _, err := d.arrive(keptBodies/bodySize + 2*tries); err != nil {
		return err
	}
	ids, err := d.inbox()
	if err != nil {
		return err
	}
	put := func(id mail.ID) error { return d.db.PutPart(d.ctx, id, "", body) }
	few, err := timed(ids[:tries], put)
	if err != nil {
		return err
	}
	if _, err := timed(ids[2*tries:], put); err != nil {
		return err
	}
	many, err := timed(ids[tries:2*tries], put)
	fmt.Printf("a body of %d KiB stored: %s in an empty cache, %s beside %d MiB; ratio %.2f (must be at most 1.5)\n", bodySize>>10, ms(few), ms(many), keptBodies>>20, float64(many)/float64(few))
	return err
}

// moved stores new messages beside many that were moved and that the server has not
// heard of.
func (d *desk) moved() error {
	if _, err := d.arrive(manyJobs); err != nil {
		return err
	}
	ids, err := d.inbox()
	if err != nil {
		return err
	}
	alone, err := d.arrive(unknown)
	if err != nil {
		return err
	}
	if _, err := d.db.Do(d.ctx, mail.Move{IDs: ids, To: d.folders["Archive"]}, mail.Deed{}); err != nil {
		return err
	}
	beside, err := d.arrive(unknown)
	fmt.Printf("%d unknown messages: %s, beside %d that were moved %s (must be at most 50 ms); ratio %.2f\n", unknown, ms(alone), manyJobs, ms(beside), float64(beside)/float64(alone))
	return err
}

// jobs changes messages while nothing waits, and while very much does.
func (d *desk) jobs() error {
	if _, err := d.arrive(manyJobs + 2*tries); err != nil {
		return err
	}
	ids, err := d.inbox()
	if err != nil {
		return err
	}
	flag := func(id mail.ID) error {
		_, err := d.db.Do(d.ctx, mail.SetFlags{IDs: []mail.ID{id}, Add: mail.Flagged}, mail.Deed{})
		return err
	}
	few, err := timed(ids[:tries], flag)
	if err != nil {
		return err
	}
	if _, err := timed(ids[2*tries:], flag); err != nil {
		return err
	}
	many, err := timed(ids[tries:2*tries], flag)
	if err != nil {
		return err
	}
	began := time.Now()
	_, err = d.db.Next(d.ctx, func(j *mail.Job) bool { return j.Seq == 1 })
	fmt.Printf("a change to a message: %s, with %d jobs waiting %s (must be at most 5 ms); ratio %.2f; the next job behind one that waits %s\n", ms(few), manyJobs, ms(many), float64(many)/float64(few), ms(time.Since(began)))
	return err
}
