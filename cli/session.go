package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"posthorn/cache"
	"posthorn/config"
	"posthorn/internal/disk"
	"posthorn/mail"
	"posthorn/mail/safe"
	"posthorn/store"
	"posthorn/sync"
)

// A session is the engine on the store and the caches of some accounts.
type session struct {
	*sync.Engine
	store    *store.Store
	accounts []sync.Account
	running  *errgroup.Group
	stop     context.CancelFunc
}

// open builds the engine on one account, or on all for the empty name. It goes
// online only with start.
func (e *env) open(ctx context.Context, account string) (*session, error) {
	cfg, err := e.load()
	if err != nil {
		return nil, err
	}
	if account == "" && len(cfg.Accounts) == 0 {
		return nil, errNoAccount
	}
	if account != "" {
		if _, err := named(cfg, account); err != nil {
			return nil, err
		}
	}
	return e.build(ctx, cfg, sync.Options{OnDemand: true}, func(a *store.Account) bool { return account == "" || a.Name() == account })
}

// errNoAccount says that there is no account to work with.
var errNoAccount = errors.New("no account is set up; posthorn account add does that, and posthorn demo shows one")

// named returns the account with a name.
func named(cfg *config.Config, name string) (config.Account, error) {
	i := slices.IndexFunc(cfg.Accounts, func(a config.Account) bool { return a.Name == name })
	if i < 0 {
		return config.Account{}, noAccount(name)
	}
	return cfg.Accounts[i], nil
}

func noAccount(name string) error {
	return fmt.Errorf("there is no account %q; posthorn account list shows them", name)
}

// openFor builds the engine on the account that messages belong to, all of which
// must be there.
func (e *env) openFor(ctx context.Context, ids ...mail.ID) (*session, error) {
	cfg, err := e.load()
	if err != nil {
		return nil, err
	}
	if len(cfg.Accounts) == 0 {
		return nil, errNoAccount
	}
	s, err := e.build(ctx, cfg, sync.Options{OnDemand: true}, func(a *store.Account) bool { return a.Slot() == ids[0].Slot() })
	if err != nil {
		return nil, err
	}
	if len(s.accounts) == 0 {
		s.close()
		return nil, gone(ids[0])
	}
	if err := s.haveAll(ctx, ids); err != nil {
		s.close()
		return nil, err
	}
	return s, nil
}

func gone(id mail.ID) error { return fmt.Errorf("message %s is %w", id, mail.ErrGone) }

// haveAll fails when one of some messages is not there.
func (s *session) haveAll(ctx context.Context, ids []mail.ID) error {
	rows, err := s.Rows(ctx, ids)
	if err != nil {
		return err
	}
	for _, id := range ids {
		if !slices.ContainsFunc(rows, func(r mail.Summary) bool { return r.ID == id }) {
			return gone(id)
		}
	}
	return nil
}

// build opens the store and the caches of the accounts that are chosen, and makes
// the engine.
func (e *env) build(ctx context.Context, cfg *config.Config, o sync.Options, chosen func(*store.Account) bool) (*session, error) {
	o.Log = e.logger()
	s := &session{}
	if err := s.open(ctx, e, cfg, chosen); err != nil {
		return nil, errors.Join(err, s.closeFiles())
	}
	s.Engine = sync.New(s.accounts, o)
	return s, nil
}

func (s *session) open(ctx context.Context, e *env, cfg *config.Config, chosen func(*store.Account) bool) (err error) {
	if s.store, err = store.Open(ctx, e.paths.Data, e.paths.State); err != nil {
		return err
	}
	if n := s.store.Notice(); n != "" {
		e.logger().Warn("store", "notice", n)
		e.warn(errors.New(n))
	}
	names := make([]string, len(cfg.Accounts))
	for i, a := range cfg.Accounts {
		names[i] = a.Name
	}
	kept, err := s.store.Accounts(ctx, names)
	if err != nil {
		return err
	}
	for i, a := range cfg.Accounts {
		if !chosen(kept[i]) {
			continue
		}
		acct, err := e.account(ctx, a, kept[i])
		if err != nil {
			return err
		}
		if n := acct.DB.Notice(); n != "" {
			e.logOf(a).Warn("cache", "notice", n)
			e.warn(errors.New(a.Name + ": " + n))
		}
		s.accounts = append(s.accounts, acct)
	}
	return nil
}

// account opens what an account keeps on disk and gives it its backends. Earlier
// versions of Posthorn lock a file in the state folder.
func (e *env) account(ctx context.Context, a config.Account, kept *store.Account) (sync.Account, error) {
	name := safe.FileName(a.Name)
	if err := os.MkdirAll(e.paths.State, 0o700); err != nil {
		return sync.Account{}, fmt.Errorf("make the folder %s: %w", e.paths.State, disk.Explain("", err))
	}
	db, err := cache.Open(ctx, filepath.Join(e.paths.State, name+".db"), a.Name, kept, cache.Options{})
	if err != nil {
		return sync.Account{}, err
	}
	acct := sync.Account{
		Name: a.Name, Address: mail.Address{Name: a.FullName, Address: a.Address}, Receive: a.Receive,
		Store: kept, DB: db, Locks: []string{kept.Lock(), filepath.Join(e.paths.State, name+".lock")}, Poll: e.poll,
	}
	acct.Self = identities(a)
	if err := e.backends(a, &acct); err != nil {
		return sync.Account{}, errors.Join(err, db.Close())
	}
	return acct, nil
}

func identities(a config.Account) []mail.Address {
	self := []mail.Address{{Name: a.FullName, Address: a.Address}}
	for _, alias := range a.Aliases {
		list, err := mail.ParseAddresses(alias)
		if err != nil {
			continue
		}
		for _, addr := range list {
			if addr.Name == "" {
				addr.Name = a.FullName
			}
			self = append(self, addr)
		}
	}
	return self
}

// start lets the engine go online. Close ends it.
func (s *session) start(ctx context.Context) {
	if s.running != nil {
		return
	}
	ctx, s.stop = context.WithCancel(ctx)
	s.running = new(errgroup.Group)
	s.running.Go(func() error { return s.Run(ctx) })
}

// close ends the engine and closes the caches and the store.
func (s *session) close() error {
	var err error
	if s.running != nil {
		s.stop()
		err = s.running.Wait()
	}
	return errors.Join(err, s.closeFiles())
}

func (s *session) closeFiles() (err error) {
	for _, a := range s.accounts {
		err = errors.Join(err, a.DB.Close())
	}
	if s.store != nil {
		err = errors.Join(err, s.store.Close())
	}
	return err
}

// names returns the names of the session's accounts.
func (s *session) names() []string {
	names := make([]string, len(s.accounts))
	for i, a := range s.accounts {
		names[i] = a.Name
	}
	return names
}

// folder finds a folder by its full name or its role, ignoring case. With no
// account named, the first that has it counts.
func (s *session) folder(ctx context.Context, account, name string) (mail.Folder, error) {
	folders, err := s.Folders(ctx, account)
	if err != nil {
		return mail.Folder{}, err
	}
	for _, same := range []func(mail.Folder) bool{
		func(f mail.Folder) bool { return f.Name == name },
		func(f mail.Folder) bool { return strings.EqualFold(f.Name, name) },
		func(f mail.Folder) bool { return f.Role != mail.NoRole && strings.EqualFold(f.Role.String(), name) },
	} {
		if i := slices.IndexFunc(folders, same); i >= 0 {
			return folders[i], nil
		}
	}
	if len(folders) == 0 {
		return mail.Folder{}, noFolderError{fmt.Errorf("folder %q: nothing is known of the account yet; posthorn sync fetches it", name)}
	}
	return mail.Folder{}, noFolderError{fmt.Errorf("there is no folder %q; posthorn folders lists them", name)}
}

// A noFolderError says that an account has no such folder.
type noFolderError struct{ error }

// find searches one account and returns the hits, newest first as they came, and
// whether the server was asked.
func (s *session) find(ctx context.Context, account string, folder mail.FolderID, q mail.Query, local bool) (hits []mail.ID, asked bool, err error) {
	where, err := s.Search(ctx, account, folder, q, local, func(ids []mail.ID) { hits = ids })
	return hits, where == "server", err
}

// flush plays what is to be played to the servers of the session's accounts.
func (s *session) flush(ctx context.Context) error {
	for _, name := range s.names() {
		if err := s.Flush(ctx, name); err != nil {
			return err
		}
	}
	return nil
}
