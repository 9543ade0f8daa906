package maildir

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"posthorn/account"
	"posthorn/internal/atomicfile"
	"posthorn/mail"
	"posthorn/mail/utf7"
)

// inbox is the name of the Maildir itself.
const inbox = "INBOX"

// ownRoles are the roles that a Maildir has folders for, and the names by which
// they are known, the first of which is the one we give.
var ownRoles = [...]struct {
	role  mail.Role
	names []string
}{
	{mail.Drafts, []string{"Drafts"}},
	{mail.Sent, []string{"Sent", "Sent Messages", "Sent Items", "Sent Mail"}},
	{mail.Archive, []string{"Archive", "Archives"}},
	{mail.Trash, []string{"Trash", "Deleted Messages", "Deleted Items"}},
	{mail.JunkMail, []string{"Junk", "Spam", "Junk Mail"}},
}

// dirs lists the Maildirs there are, as paths below the root: "." for the inbox,
// then the subfolders in order.
func (s *Source) dirs() ([]string, error) {
	entries, err := os.ReadDir(s.root)
	if err != nil {
		return nil, err
	}
	list := []string{"."}
	for _, e := range entries {
		n := e.Name()
		if len(n) < 2 || n[0] != '.' || n[1] == '.' || strings.HasSuffix(n, ".") {
			continue
		}
		if info, err := os.Stat(filepath.Join(s.root, n, "cur")); err == nil && info.IsDir() {
			list = append(list, n)
		}
	}
	return list, nil
}

// ondisk are the characters that separate levels, here and on disk; within the
// name of one they are encoded.
const ondisk = "./"

// decodeLevel reads one level of a folder's name. A name that is no modified UTF-7
// was made by a program that does not know it, and stands for itself.
func decodeLevel(s string) string {
	name, _ := utf7.DecodeName(s, ondisk)
	return strings.ToValidUTF8(name, "\uFFFD")
}

// boxName returns the name of the mailbox in a folder on disk.
func boxName(dir string) string {
	if dir == "." {
		return inbox
	}
	levels := strings.Split(dir[1:], ".")
	for i, l := range levels {
		levels[i] = decodeLevel(l)
	}
	return strings.Join(levels, "/")
}

// dirName returns the folder on disk for the name of a new mailbox.
func dirName(name string) string {
	if strings.EqualFold(name, inbox) {
		return "."
	}
	levels := strings.Split(name, "/")
	for i, l := range levels {
		levels[i] = utf7.EncodeName(l, ondisk)
	}
	return "." + strings.Join(levels, ".")
}

// dirOf finds the folder on disk of a mailbox that is there.
func (s *Source) dirOf(op, name string) (string, error) {
	dir := dirName(name)
	if _, err := os.Stat(filepath.Join(s.root, dir, "cur")); err == nil {
		return dir, nil
	}
	dirs, err := s.dirs()
	if err != nil {
		return "", failed(op, err)
	}
	for _, d := range dirs {
		if boxName(d) == name {
			return d, nil
		}
	}
	return "", missing(op, "folder "+name)
}

// roles assigns each role to the first folder that has one of its names.
func roles(dirs []string) map[mail.Role]string {
	taken := make(map[mail.Role]string)
	for _, r := range ownRoles {
		for _, name := range r.names {
			i := slices.IndexFunc(dirs, func(d string) bool { return strings.EqualFold(boxName(d), name) })
			if i >= 0 {
				taken[r.role] = dirs[i]
				break
			}
		}
	}
	taken[mail.Inbox] = "."
	return taken
}

// Mailboxes lists the folders with their roles and counts.
func (s *Source) Mailboxes(ctx context.Context) ([]mail.Mailbox, error) {
	const op = "list the folders"
	dirs, err := s.dirs()
	if err != nil {
		return nil, failed(op, err)
	}
	role := make(map[string]mail.Role)
	for r, d := range roles(dirs) {
		role[d] = r
	}
	var list []mail.Mailbox
	seen := make(map[string]bool)
	for _, d := range dirs {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		m := mail.Mailbox{Name: boxName(d), Delimiter: "/", Role: role[d], Subscribed: true, Counts: mail.Unknown()}
		if b := s.box(d); b.look() == nil {
			m.Counts = b.files.counts()
		}
		list, seen[m.Name] = append(list, m), true
	}
	return withParents(list, seen), nil
}

// withParents adds the folders that are there only in the names of others.
func withParents(list []mail.Mailbox, seen map[string]bool) []mail.Mailbox {
	for _, m := range list {
		for i, c := range m.Name {
			if parent := m.Name[:i]; c == '/' && parent != "" && !seen[parent] {
				seen[parent] = true
				list = append(list, mail.Mailbox{Name: parent, Delimiter: "/", NoSelect: true})
			}
		}
	}
	return list
}

// Count counts the messages in mailboxes. Told is called with each.
func (s *Source) Count(ctx context.Context, mailboxes []string, told func(mailbox string, c mail.Counts, err error)) error {
	for _, mailbox := range mailboxes {
		b, err := s.open("count messages", mailbox)
		if err != nil {
			told(mailbox, mail.Unknown(), err)
			continue
		}
		told(mailbox, b.files.counts(), nil)
	}
	return ctx.Err()
}

// Create makes a new folder.
func (s *Source) Create(ctx context.Context, mailbox string) error {
	op := "make folder " + mailbox
	if err := checkName(op, mailbox); err != nil {
		return err
	}
	if _, err := s.dirOf(op, mailbox); err == nil {
		return refused(op, errors.New("there is one with this name"))
	}
	if err := makeMaildir(filepath.Join(s.root, dirName(mailbox))); err != nil {
		return failed(op, err)
	}
	return failed(op, atomicfile.SyncDir(s.root))
}

// Rename gives a folder, and those below it, another name.
func (s *Source) Rename(ctx context.Context, from, to string) error {
	op := fmt.Sprintf("rename folder %s to %s", from, to)
	if err := checkName(op, to); err != nil {
		return err
	}
	if from == inbox {
		return refused(op, errors.New("the inbox keeps its name"))
	}
	if _, err := s.dirOf(op, to); err == nil {
		return refused(op, errors.New("there is one with this name"))
	}
	dirs, err := s.dirs()
	if err != nil {
		return failed(op, err)
	}
	found := false
	for _, d := range dirs {
		name := boxName(d)
		if name != from && !strings.HasPrefix(name, from+"/") {
			continue
		}
		found = true
		delete(s.boxes, d)
		target := dirName(to + strings.TrimPrefix(name, from))
		if err := os.Rename(filepath.Join(s.root, d), filepath.Join(s.root, target)); err != nil {
			return failed(op, err)
		}
	}
	if !found {
		return missing(op, "folder "+from)
	}
	return failed(op, atomicfile.SyncDir(s.root))
}

// Remove deletes a folder with all messages in it. Folders below it stay.
func (s *Source) Remove(ctx context.Context, mailbox string) error {
	op := "remove folder " + mailbox
	dir, err := s.dirOf(op, mailbox)
	if err != nil {
		return err
	}
	if dir == "." {
		return refused(op, errors.New("the inbox cannot be removed"))
	}
	delete(s.boxes, dir)
	// It goes away at once, under a name that is nobody's folder.
	doomed := filepath.Join(s.root, ".."+strings.TrimPrefix(dir, ".")+".removed")
	if err := errors.Join(os.RemoveAll(doomed), os.Rename(filepath.Join(s.root, dir), doomed)); err != nil {
		return failed(op, err)
	}
	return failed(op, errors.Join(os.RemoveAll(doomed), atomicfile.SyncDir(s.root)))
}

// checkName refuses names that cannot be kept, or not be told from others.
func checkName(op, name string) error {
	switch {
	case name == "":
		return refused(op, errors.New("the name is empty"))
	case strings.EqualFold(name, inbox):
		return refused(op, errors.New("this is the name of the inbox"))
	case slices.Contains(strings.Split(name, "/"), ""):
		return refused(op, errors.New("a part of the name is empty"))
	case len(dirName(name)) > maxUnique:
		return refused(op, errors.New("the name is too long"))
	case strings.ContainsFunc(name, func(r rune) bool { return r < ' ' || r == 0x7f || r == '\uFFFD' }):
		return refused(op, errors.New("the name holds a control character"))
	}
	return nil
}

func refused(op string, err error) error {
	return &account.Error{Kind: account.Denied, Op: op, Err: err}
}
