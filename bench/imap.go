package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"posthorn/internal/lab"
	"posthorn/mail"
)

// imapFigures measures how close to the line the IMAP engine is: on mailboxes of
// 100,000, 10,000 and 1,000 messages that are there already.
func imapFigures(ctx context.Context, s *lab.Servers, dir string) error {
	line, err := lab.OpenLine(fmt.Sprint("127.0.0.1:", s.IMAP))
	if err != nil {
		return err
	}
	defer line.Close()
	b := &imapBench{ctx: ctx, s: s, dir: dir, line: line}
	for _, measure := range []func() error{b.large, b.far, b.compressed, b.moved} {
		if err := measure(); err != nil {
			return err
		}
	}
	return nil
}

type imapBench struct {
	ctx  context.Context
	s    *lab.Servers
	dir  string
	line *lab.Line
}

// path names a new cache.
func (b *imapBench) path(name string) string { return filepath.Join(b.dir, "imap-"+name+".db") }

// cost is what something took on the line.
type cost struct {
	took         time.Duration
	octets, turn int64
}

// costs has something done over the line.
func (b *imapBench) costs(do func() error) (c cost, err error) {
	octets, turns, began := b.line.Up.Load()+b.line.Down.Load(), b.line.Turns.Load(), time.Now()
	err = do()
	return cost{time.Since(began), b.line.Up.Load() + b.line.Down.Load() - octets, b.line.Turns.Load() - turns}, err
}

// large measures a mailbox of 100,000 messages: the first page, everything, and
// what it costs to find that nothing, or little, changed.
func (b *imapBench) large() error {
	if _, err := rawFetch(b.s.IMAP, "warm"); err != nil { // the server's own cache becomes warm
		return err
	}
	var page *device
	var err error
	c, err := b.costs(func() error {
		if page, err = connect(b.ctx, b.line.Port(), "warm", b.path("page"), false); err == nil {
			err = errors.Join(page.list(b.ctx), page.read(b.ctx, true), page.close())
		}
		return err
	})
	if err != nil {
		return err
	}
	fmt.Printf("first page of %d messages, cold: %s, %d round trips (must be below 150 ms and 6)\n", warmMessages, ms(page.first), c.turn)
	var raws, alls []time.Duration
	for i := range largeRuns {
		raw, err := rawFetch(b.s.IMAP, "warm")
		if err != nil {
			return err
		}
		all, err := cold(b.ctx, b.s.IMAP, "warm", b.path(fmt.Sprint("100k", i)), warmMessages)
		if err != nil {
			return err
		}
		raws, alls = append(raws, raw), append(alls, all.all)
	}
	fmt.Printf("cold sync of %d messages: %s; the raw client %s; ratio %.2f (must be at most 1.6)\n", warmMessages, ms(median(alls)), ms(median(raws)), float64(median(alls))/float64(median(raws)))
	if _, err := cold(b.ctx, b.s.IMAP, "few", b.path("1k"), fewMessages); err != nil {
		return err
	}
	same, err := b.again("warm", "100k0", 0)
	if err != nil {
		return err
	}
	fmt.Printf("nothing changed in %d messages: %d round trips after the login, %d octets (must be at most 3 and 5000)\n", warmMessages, same.turn, same.octets)
	for range largeRuns {
		many, err := b.again("warm", "100k0", 100)
		if err != nil {
			return err
		}
		few, err := b.again("few", "1k", 100)
		if err != nil {
			return err
		}
		slow, err := rawSelect(b.s.IMAP, "warm")
		if err != nil {
			return err
		}
		fmt.Printf("100 changes in %d messages: %s, of which a raw client's SELECT takes %s, %d octets; in %d messages: %s, %d octets (must be the same)\n",
			warmMessages, ms(many.took), ms(slow), many.octets, fewMessages, ms(few.took), few.octets)
	}
	return nil
}

const (
	fewMessages = 1000
	largeRuns   = 3
)

// again has another device change messages, and reads the inbox anew.
func (b *imapBench) again(user, path string, changes int) (c cost, err error) {
	d, err := connect(b.ctx, b.line.Port(), user, b.path(path), false)
	if err != nil {
		return c, err
	}
	defer d.close()
	if d.inbox, err = d.db.FolderByRole(b.ctx, mail.Inbox); err != nil {
		return c, err
	}
	if changes > 0 {
		if err := b.flip(user, d, changes); err != nil {
			return c, err
		}
	}
	return b.costs(func() error { return d.read(b.ctx, false) })
}

// flip changes the flags of the newest messages on another connection.
func (b *imapBench) flip(user string, d *device, n int) error {
	other, err := connect(b.ctx, b.s.IMAP, user, b.path("other"), false)
	if err != nil {
		return err
	}
	defer other.close()
	places, rows, err := d.newest(b.ctx, n)
	if err != nil {
		return err
	}
	if rows[0].Flags&mail.Flagged != 0 {
		return other.src.SetFlags(b.ctx, places, 0, mail.Flagged)
	}
	return other.src.SetFlags(b.ctx, places, mail.Flagged, 0)
}

// newest returns the newest messages of the inbox.
func (d *device) newest(ctx context.Context, n int) ([]mail.Place, []mail.Summary, error) {
	list, err := d.db.Entries(ctx, mail.View{Folder: d.inbox.ID}, n)
	if err != nil {
		return nil, nil, err
	}
	ids := make([]mail.ID, len(list))
	for i, e := range list {
		ids[i] = e.ID
	}
	places, err := d.db.Places(ctx, ids)
	if err != nil {
		return nil, nil, err
	}
	rows, err := d.db.Rows(ctx, ids)
	return places, rows, err
}

// far measures a first synchronisation over a line with a round trip of 50 ms.
func (b *imapBench) far() error {
	line, err := lab.OpenLine(fmt.Sprint("127.0.0.1:", b.s.IMAP))
	if err != nil {
		return err
	}
	defer line.Close()
	line.Delay = 25 * time.Millisecond
	began := time.Now()
	if _, err := rawFetch(line.Port(), "cold"); err != nil {
		return err
	}
	raw := time.Since(began)
	d, err := cold(b.ctx, line.Port(), "cold", b.path("far"), coldMessages)
	if err != nil {
		return err
	}
	fmt.Printf("cold sync of %d messages over 50 ms, login and all: %s; the raw client %s; ratio %.2f (must be at most 1.3)\n", coldMessages, ms(d.all), ms(raw), float64(d.all)/float64(raw))
	return nil
}

// compressed counts the octets of a first synchronisation with COMPRESS and
// without.
func (b *imapBench) compressed() error {
	var octets [2]int64
	for i, compress := range []bool{false, true} {
		c, err := b.costs(func() error {
			d, err := connect(b.ctx, b.line.Port(), "cold", b.path(fmt.Sprint("compress", i)), compress)
			if err != nil {
				return err
			}
			return errors.Join(d.list(b.ctx), d.read(b.ctx, false), d.close())
		})
		if err != nil {
			return err
		}
		octets[i] = c.octets
	}
	fmt.Printf("octets with COMPRESS: %d of %d, %d %% (must be at most 40 %%)\n", octets[1], octets[0], octets[1]*100/octets[0])
	return nil
}

// moved counts the round trips of moving 10,000 messages.
func (b *imapBench) moved() error {
	d, err := connect(b.ctx, b.line.Port(), "cold", b.path("far"), false)
	if err != nil {
		return err
	}
	defer d.close()
	if d.inbox, err = d.db.FolderByRole(b.ctx, mail.Inbox); err != nil {
		return err
	}
	if err := d.src.Create(b.ctx, "Moved"); err != nil {
		return err
	}
	places, _, err := d.newest(b.ctx, coldMessages)
	if err != nil {
		return err
	}
	c, err := b.costs(func() error {
		_, err := d.src.Move(b.ctx, places, "Moved")
		return err
	})
	fmt.Printf("%d messages moved: %d round trips, %s (must be below 10)\n", len(places), c.turn, ms(c.took))
	return err
}
