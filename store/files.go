package store

import (
	"cmp"
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gofrs/flock"

	"posthorn/mail"
	"posthorn/mail/message"
	"posthorn/mail/safe"
)

// Earlier versions kept the outbox in files: for each message its text, N.eml, and
// where it stands, N.json, in a folder for each account. What is there is taken over
// in one transaction, which notes which files it took; then they are removed. Killed
// at any point, the next one goes on.

// A fileState is where a message of such an outbox stands.
type fileState struct {
	State     mail.State `json:"state"`
	Queued    time.Time  `json:"queued"`
	Next      time.Time  `json:"next"`
	Attempts  int        `json:"attempts"`
	Error     string     `json:"error"`
	From      string     `json:"from"`
	Rcpt      []string   `json:"rcpt"`
	Answers   mail.ID    `json:"answers"`
	Forwards  mail.ID    `json:"forwards"`
	Answered  string     `json:"answers_id"`
	Forwarded string     `json:"forwards_id"`
	Drafted   string     `json:"draft_id"`
	Draft     mail.ID    `json:"draft"`
	NotBefore time.Time  `json:"not_before"`
}

// A filed message is one of such an outbox.
type filed struct {
	number int64
	key    string // names the file among those that ever were there
	queued mail.Queued
	text   string // where it is kept now
}

// lockName is the file that was locked by who changed such an outbox.
const lockName = "lock"

// takeFiles takes over the account's outbox of an earlier version, if there is one.
func (a *Account) takeFiles(ctx context.Context) error {
	dir := filepath.Join(a.store.dir, "outbox", safe.FileName(a.name))
	if !exists(dir) {
		return nil
	}
	lock := flock.New(filepath.Join(dir, lockName))
	if _, err := lock.TryLockContext(ctx, lockRetry); err != nil {
		if !exists(dir) { // another process was faster
			return nil
		}
		return fmt.Errorf("wait for who changes it: %w", err)
	}
	err := a.takeFrom(ctx, dir)
	if err := errors.Join(err, lock.Unlock()); err != nil {
		return err
	}
	for _, empty := range []string{lock.Path(), dir, filepath.Dir(dir)} {
		os.Remove(empty) // if it is
	}
	return nil
}

// takeFrom takes over what is in a folder, and removes it.
func (a *Account) takeFrom(ctx context.Context, dir string) error {
	list, err := a.filed(ctx, dir)
	if err == nil {
		err = a.takeFiled(ctx, list)
	}
	if err == nil {
		err = removeFiled(dir)
	}
	if err == nil {
		_, err = a.store.db.ExecContext(ctx, "DELETE FROM taken_files WHERE account = ?", a.slot)
	}
	return err
}

// filed reads the messages of a folder that were not taken over, and keeps their
// texts.
func (a *Account) filed(ctx context.Context, dir string) (list []filed, err error) {
	taken := map[string]bool{}
	err = forEach(ctx, a.store.db, "SELECT file FROM taken_files WHERE account = ?", func(scan func(...any) error) error {
		var key string
		err := scan(&key)
		taken[key] = true
		return err
	}, a.slot)
	if err != nil {
		return nil, err
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	for _, e := range entries {
		name, ok := strings.CutSuffix(e.Name(), ".json")
		n, err := strconv.ParseInt(name, 10, 64)
		if !ok || err != nil {
			continue
		}
		f, err := readFiled(dir, n)
		if err != nil {
			return nil, err
		}
		if !taken[f.key] {
			list = append(list, f)
		}
	}
	slices.SortFunc(list, func(a, b filed) int { return cmp.Compare(a.number, b.number) })
	return list, nil
}

// readFiled reads a message. Of one whose files are damaged it makes what can be made:
// it is shown, and does not go out by itself.
func readFiled(dir string, n int64) (f filed, err error) {
	if n > 0 && n < mail.MaxRow {
		f.number = n
	}
	b, err := os.ReadFile(filepath.Join(dir, fmt.Sprint(n, ".json")))
	if err != nil {
		return f, err
	}
	raw, err := os.ReadFile(filepath.Join(dir, fmt.Sprint(n, ".eml")))
	gone := errors.Is(err, fs.ErrNotExist)
	if err != nil && !gone {
		return f, err
	}
	var s fileState
	if err := json.Unmarshal(b, &s); err != nil || len(s.Rcpt) == 0 {
		f.key = fmt.Sprintf("%d %x", n, sha256.Sum256(b))
		s = damagedState(raw)
	} else {
		f.key = fmt.Sprint(n, " ", s.Queued.UTC().Format(time.RFC3339Nano))
	}
	if gone {
		s.State, s.Error = mail.Failed, "its text is lost"
	}
	f.queued = s.queue(raw)
	return f, nil
}

// damagedState is that of a message of which only the text can be read.
func damagedState(raw []byte) fileState {
	s := fileState{State: mail.Failed, Queued: time.Now(), Error: "its file was damaged, so those who are not named in the message are not known any more"}
	m := message.Parse(raw)
	for _, a := range slices.Concat(m.Envelope.To, m.Envelope.Cc) {
		s.Rcpt = append(s.Rcpt, a.Address)
	}
	if len(m.Envelope.From) > 0 {
		s.From = m.Envelope.From[0].Address
	}
	if len(s.Rcpt) == 0 {
		s.Rcpt = []string{""} // nobody; so it is seen, and can be taken out
	}
	return s
}

// queue makes of the message what is in the outbox now.
func (s fileState) queue(raw []byte) mail.Queued {
	q := queued(mail.Outgoing{From: s.From, Rcpt: s.Rcpt, Raw: raw, Answers: mail.Ref{ID: s.Answers, MessageID: s.Answered},
		Forwards: mail.Ref{ID: s.Forwards, MessageID: s.Forwarded}, Draft: mail.Ref{ID: s.Draft, MessageID: s.Drafted}, NotBefore: s.NotBefore}, s.Queued)
	for i := range q.Recipients {
		r := &q.Recipients[i]
		r.Next, r.Attempts, r.Error = s.Next, s.Attempts, s.Error
		if s.State != mail.Waiting {
			r.State = s.State
		}
	}
	sum(&q)
	return q
}

// takeFiled writes messages into the outbox. They keep their numbers, unless those
// were given since.
func (a *Account) takeFiled(ctx context.Context, list []filed) (err error) {
	if len(list) == 0 {
		return nil
	}
	var texts []string
	for i := range list {
		f := &list[i]
		if f.queued.Raw == nil { // it is lost
			continue
		}
		f.text, err = a.store.keepText(f.queued.Raw)
		texts = append(texts, f.text)
		if err != nil {
			break
		}
	}
	if err == nil {
		err = within(ctx, a.store.db, func(tx *sql.Tx) error {
			for _, f := range list {
				if err := tx.QueryRowContext(ctx, "UPDATE accounts SET outbox = max(outbox + 1, ?) WHERE number = ? RETURNING outbox", f.number, a.slot).Scan(&f.queued.ID); err != nil {
					return err
				}
				if err := a.insertQueued(ctx, tx, f.queued, f.text); err != nil {
					return err
				}
				if _, err := tx.ExecContext(ctx, "INSERT INTO taken_files (account, file) VALUES (?, ?)", a.slot, f.key); err != nil {
					return err
				}
			}
			return nil
		})
	}
	if err != nil {
		a.store.dropTexts(texts)
	}
	return err
}

// removeFiled removes what was taken over. A text goes after its state: one without a
// state was never in the outbox.
func removeFiled(dir string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	slices.SortStableFunc(entries, func(a, b fs.DirEntry) int {
		return cmp.Compare(filepath.Ext(b.Name()), filepath.Ext(a.Name())) // .json before .eml
	})
	for _, e := range entries {
		if e.Name() == lockName {
			continue
		}
		if err := os.RemoveAll(filepath.Join(dir, e.Name())); err != nil {
			return err
		}
	}
	return nil
}
