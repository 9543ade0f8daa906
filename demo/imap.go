package demo

import (
	"bytes"
	"io"
	"log"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapserver"
	"github.com/emersion/go-imap/v2/imapserver/imapmemserver"
	_ "github.com/emersion/go-message/charset" // that the server can decode what it is asked to search
)

// An imapUser is a user of the server in memory, with what that does not know:
// which folders there are and what they are for.
type imapUser struct {
	*imapmemserver.User
	mu    sync.Mutex
	names map[string]imap.MailboxAttr // of all folders; the attribute may be empty
}

// specialUse are the folders with a role (RFC 6154).
var specialUse = [...]struct {
	name string
	attr imap.MailboxAttr
}{
	{"INBOX", ""}, {"Drafts", imap.MailboxAttrDrafts}, {"Sent", imap.MailboxAttrSent}, {"Archive", imap.MailboxAttrArchive},
	{"Trash", imap.MailboxAttrTrash}, {"Junk", imap.MailboxAttrJunk},
}

func newIMAPUser(name, password string) *imapUser {
	u := &imapUser{User: imapmemserver.NewUser(name, password), names: make(map[string]imap.MailboxAttr)}
	for _, s := range specialUse {
		u.create(s.name, &imap.CreateOptions{})
		u.names[s.name] = s.attr
	}
	return u
}

// create makes a folder, and those above it.
func (u *imapUser) create(name string, o *imap.CreateOptions) error {
	name = strings.TrimRight(name, "/")
	if i := strings.LastIndexByte(name, '/'); i > 0 && !u.has(name[:i]) {
		if err := u.create(name[:i], &imap.CreateOptions{}); err != nil {
			return err
		}
	}
	if err := u.User.Create(name, o); err != nil {
		return err
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	u.names[name] = ""
	if len(o.SpecialUse) > 0 {
		u.names[name] = o.SpecialUse[0]
	}
	return u.User.Subscribe(name)
}

func (u *imapUser) has(name string) bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	_, ok := u.names[name]
	return ok
}

// list returns the names of all folders in order.
func (u *imapUser) list() []string {
	u.mu.Lock()
	defer u.mu.Unlock()
	var names []string
	for n := range u.names {
		names = append(names, n)
	}
	slices.Sort(names)
	return names
}

// deliver puts a message into the inbox.
func (u *imapUser) deliver(raw []byte) error {
	if !describable(raw) {
		return errIndescribable
	}
	return u.put("INBOX", raw, time.Now())
}

var errIndescribable = &imap.Error{Type: imap.StatusResponseTypeNo, Code: imap.ResponseCodeCannot, Text: "The demo has no words for a multipart without parts"}

// describable reports whether the server can write the structure of a message.
// One multipart without parts would break the connection of everybody who asks.
func describable(raw []byte) bool {
	ok := true
	imapserver.ExtractBodyStructure(bytes.NewReader(raw)).Walk(func(_ []int, part imap.BodyStructure) bool {
		m, isMulti := part.(*imap.BodyStructureMultiPart)
		ok = ok && !(isMulti && len(m.Children) == 0)
		return true
	})
	return ok
}

// put appends a message to a folder.
func (u *imapUser) put(folder string, raw []byte, when time.Time, flags ...imap.Flag) error {
	_, err := u.User.Append(folder, literal{bytes.NewReader(raw)}, &imap.AppendOptions{Time: when, Flags: flags})
	return err
}

type literal struct{ *bytes.Reader }

func (l literal) Size() int64 { return int64(l.Len()) }

// newIMAPServer serves one user.
func newIMAPServer(u *imapUser) *imapserver.Server {
	caps := imap.CapSet{}
	for _, c := range []imap.Cap{imap.CapIMAP4rev1, imap.CapNamespace, imap.CapUIDPlus, imap.CapESearch, imap.CapSearchRes,
		imap.CapListExtended, imap.CapListStatus, imap.CapMove, imap.CapStatusSize, imap.CapSpecialUse, imap.CapCreateSpecialUse, imap.CapLiteralPlus} {
		caps[c] = struct{}{}
	}
	return imapserver.New(&imapserver.Options{
		NewSession: func(*imapserver.Conn) (imapserver.Session, *imapserver.GreetingData, error) {
			return &imapSession{user: u}, nil, nil
		},
		Caps:         caps,
		InsecureAuth: true, // only loopback can reach it
		Logger:       log.New(io.Discard, "", 0),
	})
}

// An imapSession is a connection. Before the login it has no session of the
// server in memory.
type imapSession struct {
	*imapmemserver.UserSession
	user *imapUser
}

func (s *imapSession) Login(name, pass string) error {
	if err := s.user.Login(name, pass); err != nil {
		return err
	}
	s.UserSession = imapmemserver.NewUserSession(s.user.User)
	return nil
}

func (s *imapSession) Create(name string, o *imap.CreateOptions) error { return s.user.create(name, o) }

// Append stores a message that the server can describe.
func (s *imapSession) Append(name string, r imap.LiteralReader, o *imap.AppendOptions) (*imap.AppendData, error) {
	raw, err := io.ReadAll(r)
	if err != nil {
		return nil, err
	}
	if !describable(raw) {
		return nil, errIndescribable
	}
	return s.UserSession.Append(name, literal{bytes.NewReader(raw)}, o)
}

func (s *imapSession) Delete(name string) error {
	if err := s.UserSession.Delete(name); err != nil {
		return err
	}
	s.user.mu.Lock()
	defer s.user.mu.Unlock()
	delete(s.user.names, name)
	return nil
}

// Rename renames a folder and those below it, which the server in memory would
// leave where they are.
func (s *imapSession) Rename(from, to string, o *imap.RenameOptions) error {
	to = strings.TrimRight(to, "/")
	if err := s.UserSession.Rename(from, to, o); err != nil {
		return err
	}
	s.user.moved(from, to)
	for _, name := range s.user.list() {
		below, ok := strings.CutPrefix(name, from+"/")
		if !ok {
			continue
		}
		if err := s.UserSession.Rename(name, to+"/"+below, o); err != nil {
			return err
		}
		s.user.moved(name, to+"/"+below)
	}
	return nil
}

func (u *imapUser) moved(from, to string) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.names[to] = u.names[from]
	delete(u.names, from)
}

// List lists the folders with their roles, which those of the server in memory do
// not have.
func (s *imapSession) List(w *imapserver.ListWriter, ref string, patterns []string, o *imap.ListOptions) error {
	if len(patterns) == 0 {
		return s.UserSession.List(w, ref, patterns, o)
	}
	names := s.user.list()
	for _, name := range names {
		if !slices.ContainsFunc(patterns, func(p string) bool { return imapserver.MatchList(name, '/', ref, p) }) {
			continue
		}
		data := s.describe(name, names)
		if o.SelectSpecialUse && len(data.Attrs) == 2 {
			continue
		}
		if o.ReturnStatus != nil {
			status, err := s.UserSession.Status(name, o.ReturnStatus)
			if err != nil {
				return err
			}
			data.Status = status
		}
		if err := w.WriteList(data); err != nil {
			return err
		}
	}
	return nil
}

// describe returns what LIST says of a folder: whether it has others below it,
// that it is subscribed, and its role.
func (s *imapSession) describe(name string, names []string) *imap.ListData {
	data := &imap.ListData{Mailbox: name, Delim: '/', Attrs: []imap.MailboxAttr{imap.MailboxAttrHasNoChildren, imap.MailboxAttrSubscribed}}
	if slices.ContainsFunc(names, func(n string) bool { return strings.HasPrefix(n, name+"/") }) {
		data.Attrs[0] = imap.MailboxAttrHasChildren
	}
	s.user.mu.Lock()
	defer s.user.mu.Unlock()
	if attr := s.user.names[name]; attr != "" {
		data.Attrs = append(data.Attrs, attr)
	}
	return data
}

// Copy copies messages. Of none the library would write an answer that is none.
func (s *imapSession) Copy(set imap.NumSet, to string) (*imap.CopyData, error) {
	data, err := s.UserSession.Copy(set, to)
	if err != nil || len(data.SourceUIDs) == 0 {
		return nil, err
	}
	return data, nil
}

// Move is a copy and an expunge. That of the server in memory tells its own
// connection twice of each message that went.
func (s *imapSession) Move(w *imapserver.MoveWriter, set imap.NumSet, to string) error {
	data, err := s.Copy(set, to)
	if err != nil || data == nil {
		return err
	}
	if err := w.WriteCopyData(data); err != nil {
		return err
	}
	gone := &imap.StoreFlags{Op: imap.StoreFlagsAdd, Silent: true, Flags: []imap.Flag{imap.FlagDeleted}}
	if err := s.UserSession.Store(nil, data.SourceUIDs, gone, &imap.StoreOptions{}); err != nil {
		return err
	}
	return s.UserSession.Expunge(nil, &data.SourceUIDs)
}

// look is how often a connection that idles looks for something to tell.
const look = 50 * time.Millisecond

// Idle tells what happens. That of the server in memory does not tell what
// happened between the last command and IDLE until something else happens.
func (s *imapSession) Idle(w *imapserver.UpdateWriter, stop <-chan struct{}) error {
	t := time.NewTicker(look)
	defer t.Stop()
	for {
		if err := s.Poll(w, true); err != nil {
			return err
		}
		select {
		case <-stop:
			return nil
		case <-t.C:
		}
	}
}
