package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"posthorn/account"
	"posthorn/account/imap"
	"posthorn/cache"
	"posthorn/internal/lab"
	"posthorn/mail"
	"posthorn/store"
)

// A device is a cache and a connection to the server it is filled from.
type device struct {
	kept  *store.Store
	db    *cache.DB
	src   *imap.Source
	inbox mail.Folder
	began time.Time // before it was connected

	first, all time.Duration // until the first page, and everything, was in the cache
}

// connect opens the cache, with a store of its own, and logs in.
func connect(ctx context.Context, port int, user, path string, compress bool) (*device, error) {
	kept, err := store.Open(ctx, path+".data", path+".state")
	if err != nil {
		return nil, err
	}
	accounts, err := kept.Accounts(ctx, []string{user})
	if err != nil {
		return nil, errors.Join(err, kept.Close())
	}
	db, err := cache.Open(ctx, path, user, accounts[0], cache.Options{})
	if err != nil {
		return nil, errors.Join(err, kept.Close())
	}
	d := &device{kept: kept, db: db, began: time.Now()}
	d.src, err = imap.Dial(ctx, imap.Options{Server: account.Server{Host: "127.0.0.1", Port: port, TLS: account.Plain}, Compress: compress,
		Login: account.Login{User: user, Mechanism: "PLAIN", Password: func(context.Context) (string, error) { return lab.Password, nil }}})
	if err != nil {
		return nil, errors.Join(err, db.Close(), kept.Close())
	}
	return d, nil
}

// list takes over the mailboxes.
func (d *device) list(ctx context.Context) error {
	boxes, err := d.src.Mailboxes(ctx)
	if err != nil {
		return err
	}
	if err := d.db.SetMailboxes(ctx, boxes); err != nil {
		return err
	}
	d.inbox, err = d.db.FolderByRole(ctx, mail.Inbox)
	return err
}

// read reads what is new in the inbox, until enough says that it is enough.
func (d *device) read(ctx context.Context, enough bool) error {
	cursor, err := d.db.Cursor(ctx, d.inbox.ID)
	if err != nil {
		return err
	}
	d.first, d.all = 0, 0
	for delta, err := range d.src.Changes(ctx, "INBOX", cursor) {
		if err != nil {
			return err
		}
		if err := d.db.Apply(ctx, d.inbox.ID, delta); err != nil {
			return err
		}
		if d.first == 0 {
			if _, err := d.db.Entries(ctx, mail.View{Folder: d.inbox.ID}, 50); err != nil {
				return err
			}
			if d.first = time.Since(d.began); enough {
				return nil
			}
		}
	}
	d.all = time.Since(d.began)
	return nil
}

func (d *device) close() error { return errors.Join(d.src.Close(), d.db.Close(), d.kept.Close()) }

// count fails unless the inbox holds n messages.
func (d *device) count(ctx context.Context, n int) error {
	list, err := d.db.Entries(ctx, mail.View{Folder: d.inbox.ID}, 0)
	if err == nil && len(list) != n {
		err = fmt.Errorf("the cache holds %d messages, not %d", len(list), n)
	}
	return err
}

// cold makes a first synchronisation, from dialling on; login and SELECT, which
// the raw client's time does not hold, are in it.
func cold(ctx context.Context, port int, user, path string, n int) (*device, error) {
	d, err := connect(ctx, port, user, path, false)
	if err != nil {
		return nil, err
	}
	err = d.list(ctx)
	if err == nil {
		err = d.read(ctx, false)
	}
	if err == nil {
		err = d.count(ctx, n)
	}
	return d, errors.Join(err, d.close())
}
