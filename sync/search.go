package sync

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"posthorn/account"
	"posthorn/mail"
	"posthorn/mail/query"
)

// Where a search looked.
const (
	atServer = "server"
	atHome   = "here"
)

// Headers that the cache lacks are fetched in steps, and no more than so many
// for one mailbox: who gets more than that wants another query.
const (
	headersAtOnce = 200
	headersAtMost = 2000
)

// Search looks for messages in a folder, or in all of an account for 0, or of
// all accounts if no account is named either: in the cache, and unless it is to be
// local at the server, which knows more, but not all: servers fold letters in ways
// of their own. found is called whenever more is known, with all there is so far,
// newest first, by one goroutine at a time; the last call has the whole result.
// Search returns where it looked: "server" or "here". The accounts are searched at
// the same time. One that cannot be searched does not keep the others from it: its
// failure is returned beside what they have.
func (e *Engine) Search(ctx context.Context, account string, folder mail.FolderID, q mail.Query, local bool, found func([]mail.ID)) (string, error) {
	workers := e.workers
	if folder != 0 {
		w, err := e.of(folder.Slot())
		if err != nil {
			return "", err
		}
		workers = []*worker{w}
	} else if account != "" {
		w, err := e.named(account)
		if err != nil {
			return "", err
		}
		workers = []*worker{w}
	}
	ask, look, ok := query.Split(q)
	s := search{engine: e, query: q, ask: ask, look: look, splits: ok, found: found, where: atHome, known: make(map[mail.ID]bool)}
	failed := make([]error, len(workers))
	var searching sync.WaitGroup
	for i, w := range workers {
		searching.Go(func() {
			if err := s.account(ctx, w, folder, local); err != nil {
				failed[i] = fmt.Errorf("search %s: %w", w.Name, err)
			}
		})
	}
	searching.Wait()
	if ctx.Err() != nil {
		return s.where, ctx.Err()
	}
	s.ended = true
	s.report()
	return s.where, failures(failed...)
}

// A search gathers what is found.
type search struct {
	engine *Engine
	query  mail.Query
	ask    mail.Query // what a server is asked for
	look   mail.Query // what must match as well of the rows of what it finds
	splits bool       // both together mean the query
	found  func([]mail.ID)

	reporting sync.Mutex // held while found is called; guards the next two
	reported  int        // how many messages were told
	ended     bool       // nothing more comes

	mu    sync.Mutex // guards what follows
	where string
	hits  []hit // newest first
	known map[mail.ID]bool
}

// A hit is a message that was found.
type hit struct {
	id   mail.ID
	when time.Time
}

// account searches an account: in the cache, and where its mail lies if that can be
// searched.
func (s *search) account(ctx context.Context, w *worker, folder mail.FolderID, local bool) error {
	missed := s.home(ctx, w, folder)
	if ctx.Err() != nil || local {
		return missed
	}
	afar := w.Receive == "imap"
	switch {
	case afar && !s.splits:
		return errors.Join(missed, errEntwined)
	case afar && s.ask == nil: // what the rows tell is known here
		return missed
	}
	err := s.server(ctx, w, folder)
	switch {
	case err == nil && afar:
		s.mu.Lock()
		s.where = atServer
		s.mu.Unlock()
	case errors.Is(err, errNotSearchable), afar && ctx.Err() == nil && broken(err):
		err = nil // what the cache knows has to do
	}
	return errors.Join(missed, err)
}

// home searches the cache.
func (s *search) home(ctx context.Context, w *worker, folder mail.FolderID) error {
	ids, err := w.DB.Search(ctx, s.query, folder, 0)
	if err != nil {
		return err
	}
	err = s.add(ctx, ids, nil)
	s.report()
	return err
}

// errEntwined says that a server was not asked.
var errEntwined = errors.New("a server cannot be asked for a text or an attachment, one of which is to match; only what is known here was searched")

var errNotSearchable = errors.New("this account's mail cannot be searched where it lies")

// server searches an account where its mail lies, mailbox by mailbox, so that
// others get their turn in between.
func (s *search) server(ctx context.Context, w *worker, folder mail.FolderID) error {
	folders, err := w.searched(ctx, folder)
	if err != nil {
		return err
	}
	var refused []error
	for _, f := range folders {
		err := s.mailbox(ctx, w, f)
		s.report()
		switch {
		case err == nil:
		case broken(err), ctx.Err() != nil, errors.Is(err, errNotSearchable):
			return err
		case account.KindOf(err) == account.NotFound: // it was deleted just now
			w.agenda.change(func() { w.agenda.list = true })
			continue
		default:
			refused = append(refused, err)
			continue
		}
	}
	return w.unsearched(refused, len(folders))
}

// unsearched tells of folders that could not be searched. If none could, that is
// the failure of the search.
func (w *worker) unsearched(refused []error, of int) error {
	if len(refused) == of {
		return errors.Join(refused[:min(len(refused), 1)]...)
	}
	for _, err := range refused {
		w.notice("", err)
	}
	return nil
}

// searched lists the folders to search for a folder, or for all of them.
func (w *worker) searched(ctx context.Context, folder mail.FolderID) ([]mail.Folder, error) {
	if folder != 0 {
		f, err := w.DB.Folder(ctx, folder)
		return []mail.Folder{f}, err
	}
	all, err := w.DB.Folders(ctx)
	return slices.DeleteFunc(all, func(f mail.Folder) bool { return f.NoSelect }), err
}

// mailbox searches one mailbox on the server and fetches the headers of what the
// cache has not heard of.
func (s *search) mailbox(ctx context.Context, w *worker, f mail.Folder) error {
	var missing []mail.UID
	err := w.ask(ctx, func(ctx context.Context) error {
		return w.reading(ctx, func(src Source) error {
			searcher, ok := src.(Searcher)
			if !ok {
				return errNotSearchable
			}
			uids, _, err := searcher.Search(ctx, f.Name, s.asked(w))
			if err != nil {
				return err
			}
			ids, unknown, err := w.DB.Lookup(ctx, f.ID, uids)
			missing = unknown
			return errors.Join(err, s.add(ctx, ids, s.look))
		})
	})
	if err != nil || len(missing) == 0 {
		return err
	}
	slices.SortFunc(missing, newest)
	for chunk := range slices.Chunk(missing[:min(len(missing), headersAtMost)], headersAtOnce) {
		s.report()
		if err := s.headers(ctx, w, f, chunk); err != nil {
			return err
		}
	}
	return nil
}

// headers fetches headers into the cache and adds their messages.
func (s *search) headers(ctx context.Context, w *worker, f mail.Folder, uids []mail.UID) error {
	return w.ask(ctx, func(ctx context.Context) error {
		return w.reading(ctx, func(src Source) error {
			list, err := src.(Searcher).Headers(ctx, f.Name, uids)
			if err != nil {
				return err
			}
			if err := w.DB.Insert(ctx, f.ID, list); err != nil {
				return err
			}
			ids, _, err := w.DB.Lookup(ctx, f.ID, uids)
			return errors.Join(err, s.add(ctx, ids, s.look))
		})
	})
}

// asked returns what a source is asked for: one on this disk can be asked for all.
func (s *search) asked(w *worker) mail.Query {
	if w.Receive == "imap" {
		return s.ask
	}
	return s.query
}

// add takes over messages that are not in the result yet, and whose rows match. The rows
// of those alone are read.
func (s *search) add(ctx context.Context, ids []mail.ID, look mail.Query) error {
	if ids = s.fresh(ids); len(ids) == 0 {
		return nil
	}
	rows, err := s.engine.Rows(ctx, ids)
	if err != nil {
		return err
	}
	s.mu.Lock()
	for i := range rows {
		if !query.Match(look, &rows[i], nobody) {
			continue
		}
		s.hits = append(s.hits, hit{rows[i].ID, rows[i].When()})
	}
	slices.SortStableFunc(s.hits, func(a, b hit) int { return b.when.Compare(a.when) })
	s.mu.Unlock()
	return nil
}

// nobody is the body of a row.
func nobody() string { return "" }

// fresh returns those of some messages that are not in the result, and takes note of
// them.
func (s *search) fresh(ids []mail.ID) (fresh []mail.ID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, id := range ids {
		if !s.known[id] {
			s.known[id] = true
			fresh = append(fresh, id)
		}
	}
	return fresh
}

// report tells what was found so far. It may wait for who is told, so it is not called
// where a worker would wait for it.
func (s *search) report() {
	s.reporting.Lock()
	defer s.reporting.Unlock()
	s.mu.Lock()
	ids := make([]mail.ID, len(s.hits))
	for i, h := range s.hits {
		ids[i] = h.id
	}
	s.mu.Unlock()
	if s.found != nil && (len(ids) > s.reported || s.ended) {
		s.found(ids)
	}
	s.reported = len(ids)
}
