package sync

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"posthorn/account"
	"posthorn/mail"
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
// all accounts if no account is named either: on the server, and for local, when
// that cannot be reached, and where mail is kept here, in the cache. found is
// called whenever more is known, with all there is so far, newest first; the
// last call has the whole result. Search returns where it looked: "server" or
// "here". An account that cannot be searched does not keep the others from being
// searched: its failure is returned beside what they have.
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
	s := search{engine: e, query: q, found: found, where: atHome}
	var failed []error
	for _, w := range workers {
		err := s.account(ctx, w, folder, local)
		if ctx.Err() != nil {
			return s.where, ctx.Err()
		}
		if err != nil {
			failed = append(failed, fmt.Errorf("search %s: %w", w.Name, err))
		}
	}
	return s.where, failures(append(failed, s.report(ctx))...)
}

// A search gathers what is found.
type search struct {
	engine *Engine
	query  mail.Query
	found  func([]mail.ID)
	where  string
	hits   []mail.ID
	known  map[mail.ID]bool
}

// account searches an account: at its server if it has one that answers.
func (s *search) account(ctx context.Context, w *worker, folder mail.FolderID, local bool) error {
	if !local && w.Receive == "imap" {
		err := s.server(ctx, w, folder)
		if err == nil {
			s.where = atServer
			return nil
		}
		if ctx.Err() != nil || !broken(err) && !errors.Is(err, errNotSearchable) {
			return err
		}
		// What it has found stays; the cache adds what it knows.
	}
	if err := s.home(ctx, w, folder); err != nil || local || w.Receive == "imap" {
		return err
	}
	// The cache knows the texts that it was given; the files know them all.
	err := s.server(ctx, w, folder)
	if errors.Is(err, errNotSearchable) {
		return nil
	}
	return err
}

// home searches the cache.
func (s *search) home(ctx context.Context, w *worker, folder mail.FolderID) error {
	ids, err := w.DB.Search(ctx, s.query, folder, 0)
	if err != nil {
		return err
	}
	s.add(ids)
	return s.report(ctx)
}

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
		if err := s.report(ctx); err != nil {
			return err
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
			uids, _, err := searcher.Search(ctx, f.Name, s.query)
			if err != nil {
				return err
			}
			ids, unknown, err := w.DB.Lookup(ctx, f.ID, uids)
			s.add(ids)
			missing = unknown
			return err
		})
	})
	if err != nil || len(missing) == 0 {
		return err
	}
	slices.SortFunc(missing, newest)
	for chunk := range slices.Chunk(missing[:min(len(missing), headersAtMost)], headersAtOnce) {
		if err := s.report(ctx); err != nil {
			return err
		}
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
			s.add(ids)
			return err
		})
	})
}

// add takes over messages that are not in the result yet.
func (s *search) add(ids []mail.ID) {
	if s.known == nil {
		s.known = make(map[mail.ID]bool)
		for _, id := range s.hits {
			s.known[id] = true
		}
	}
	for _, id := range ids {
		if !s.known[id] {
			s.known[id] = true
			s.hits = append(s.hits, id)
		}
	}
}

// report sorts what was found so far and tells it.
func (s *search) report(ctx context.Context) error {
	rows, err := s.engine.Rows(ctx, s.hits)
	if err != nil {
		return err
	}
	slices.SortStableFunc(rows, func(a, b mail.Summary) int { return b.When().Compare(a.When()) })
	ids := make([]mail.ID, len(rows))
	for i := range rows {
		ids[i] = rows[i].ID
	}
	s.hits = ids
	if s.found != nil {
		s.found(slices.Clone(ids))
	}
	return nil
}
