package mail

import (
	"slices"
	"strings"
)

// A Role is what a folder is for (RFC 6154).
type Role uint8

// The roles, in the order in which folders are shown.
const (
	NoRole Role = iota
	Inbox
	Drafts
	Sent
	Archive
	Trash
	JunkMail
	AllMail
	Starred
	Important
)

var roleNames = [...]string{"", "inbox", "drafts", "sent", "archive", "trash", "junk", "all", "starred", "important"}

// String returns the role's name in lower case, empty for [NoRole].
func (r Role) String() string {
	if int(r) < len(roleNames) {
		return roleNames[r]
	}
	return ""
}

// ParseRole returns the role with a name, and whether there is one.
func ParseRole(name string) (Role, bool) {
	i := slices.Index(roleNames[1:], strings.ToLower(name))
	return Role(i + 1), i >= 0
}

// A Mailbox is a folder as its server names it.
type Mailbox struct {
	Name       string // the full name in UTF-8, as later calls take it
	Delimiter  string // between levels; empty where the server has none
	Role       Role
	NoSelect   bool // holds no messages, only other mailboxes
	Subscribed bool
	Counts     // from the server; -1 where it did not say
}

// Counts are what the server says of a mailbox. A field is -1 while unknown.
type Counts struct {
	Total  int
	Unread int
}

// Unknown returns the counts of a mailbox of which the server has said nothing.
func Unknown() Counts { return Counts{-1, -1} }

// A Folder is a mailbox as the cache knows it. Its counts are the server's,
// corrected by what the user did since.
type Folder struct {
	ID      FolderID
	Account string
	Mailbox
}

// Level returns how deep the folder lies below the account's root.
func (m Mailbox) Level() int { return len(m.path()) - 1 }

// Leaf returns the last part of the name.
func (m Mailbox) Leaf() string { p := m.path(); return p[len(p)-1] }

func (m Mailbox) path() []string {
	if m.Delimiter == "" {
		return []string{m.Name}
	}
	return strings.Split(m.Name, m.Delimiter)
}
