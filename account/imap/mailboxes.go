package imap

import (
	"context"
	"slices"
	"strings"

	"posthorn/account/imap/client"
	"posthorn/mail"
)

// Mailboxes lists all mailboxes.
func (s *Source) Mailboxes(ctx context.Context) ([]mail.Mailbox, error) {
	boxes, err := s.c.List(ctx)
	if err != nil {
		return nil, s.fail("list the mailboxes", err)
	}
	if err := s.settle(ctx); err != nil {
		return nil, err
	}
	s.listed = true
	list := make([]mail.Mailbox, 0, len(boxes))
	s.status = make(map[string]client.Status, len(boxes))
	taken, seen := map[mail.Role]bool{}, map[string]bool{}
	for _, b := range boxes {
		if seen[b.Name] || b.Name == "" || b.Is(`\NonExistent`) && !b.Is(`\HasChildren`) {
			continue
		}
		seen[b.Name] = true
		s.status[b.Name] = b.Status
		m := mail.Mailbox{Name: b.Name, Delimiter: b.Delimiter, NoSelect: b.Is(`\Noselect`) || b.Is(`\NonExistent`),
			Subscribed: b.Is(`\Subscribed`), Role: declared(b), Counts: counts(b.Status)}
		if taken[m.Role] { // each role is one mailbox's
			m.Role = mail.NoRole
		}
		taken[m.Role] = m.Role != mail.NoRole
		list = append(list, m)
	}
	guess(list, taken)
	s.assign(list)
	return list, nil
}

// assign gives roles as the user wishes. A mailbox that is not there takes none
// away from another.
func (s *Source) assign(list []mail.Mailbox) {
	for role, name := range s.o.Roles {
		i := slices.IndexFunc(list, func(m mail.Mailbox) bool { return m.Name == name && !m.NoSelect && m.Role != mail.Inbox })
		if i < 0 {
			continue
		}
		for j := range list {
			if list[j].Role == role {
				list[j].Role = mail.NoRole
			}
		}
		list[i].Role = role
	}
}

// declared returns the role that the server gives a mailbox (RFC 6154).
func declared(b client.Mailbox) mail.Role {
	if strings.EqualFold(b.Name, "INBOX") {
		return mail.Inbox
	}
	for attr, role := range map[string]mail.Role{
		`\drafts`: mail.Drafts, `\sent`: mail.Sent, `\archive`: mail.Archive, `\trash`: mail.Trash,
		`\junk`: mail.JunkMail, `\all`: mail.AllMail, `\flagged`: mail.Starred, `\important`: mail.Important,
	} {
		if b.Is(attr) {
			return role
		}
	}
	return mail.NoRole
}

// guess gives roles by name where the server gave none.
func guess(list []mail.Mailbox, taken map[mail.Role]bool) {
	known := names()
	for i := range list {
		m := &list[i]
		if m.Role != mail.NoRole || m.NoSelect {
			continue
		}
		if r, ok := known[strings.ToLower(m.Leaf())]; ok && !taken[r] && m.Level() <= 1 {
			m.Role, taken[r] = r, true
		}
	}
}

// names are what mailboxes with a role are called, in the languages that mail
// programs name them in.
func names() map[string]mail.Role {
	return map[string]mail.Role{
		"drafts": mail.Drafts, "entwürfe": mail.Drafts, "brouillons": mail.Drafts, "borradores": mail.Drafts, "bozze": mail.Drafts, "rascunhos": mail.Drafts, "черновики": mail.Drafts, "下書き": mail.Drafts, "草稿": mail.Drafts,
		"sent": mail.Sent, "sent items": mail.Sent, "sent messages": mail.Sent, "sent mail": mail.Sent, "gesendet": mail.Sent, "gesendete objekte": mail.Sent, "envoyés": mail.Sent, "éléments envoyés": mail.Sent, "enviados": mail.Sent, "posta inviata": mail.Sent, "отправленные": mail.Sent, "送信済み": mail.Sent, "已发送": mail.Sent,
		"archive": mail.Archive, "archives": mail.Archive, "archiv": mail.Archive, "archivo": mail.Archive, "archivio": mail.Archive, "архив": mail.Archive,
		"trash": mail.Trash, "deleted items": mail.Trash, "deleted messages": mail.Trash, "bin": mail.Trash, "papierkorb": mail.Trash, "gelöschte objekte": mail.Trash, "corbeille": mail.Trash, "papelera": mail.Trash, "cestino": mail.Trash, "lixeira": mail.Trash, "корзина": mail.Trash, "ゴミ箱": mail.Trash, "已删除": mail.Trash,
		"junk": mail.JunkMail, "spam": mail.JunkMail, "junk e-mail": mail.JunkMail, "junk email": mail.JunkMail, "bulk mail": mail.JunkMail, "indésirables": mail.JunkMail, "correo no deseado": mail.JunkMail, "спам": mail.JunkMail,
	}
}

// Count asks for the counts of mailboxes, all at once. Told is called with those of
// each, or with why it has none.
func (s *Source) Count(ctx context.Context, mailboxes []string, told func(mailbox string, c mail.Counts, err error)) error {
	for _, mailbox := range mailboxes {
		if err := s.know(ctx, mailbox); err != nil {
			return err
		}
	}
	op := "ask for the counts of "
	err := s.c.Statuses(ctx, mailboxes, func(mailbox string, st client.Status, err error) {
		s.status[mailbox] = st
		told(mailbox, counts(st), s.fail(op+mailbox, err))
	})
	return s.fail(op+"the mailboxes", err)
}

// Compare reports whether something happened in a mailbox since a cursor, by what
// the server said of it last, with the list of mailboxes or its counts. Where that
// does not tell whether flags changed it is not sure.
func (s *Source) Compare(mailbox string, since mail.Cursor) (changed, sure bool) {
	st, known := s.status[mailbox]
	if !known {
		return false, false
	}
	return s.compare(st, since)
}

// compare is Compare with a state of a mailbox. That messages are gone shows in
// HIGHESTMODSEQ where QRESYNC is enabled (RFC 7162, section 3.2), else in their
// number.
func (s *Source) compare(is client.Status, since mail.Cursor) (changed, sure bool) {
	at, holes := decodeWith(since)
	switch {
	case is.Messages < 0 || is.Validity == 0 || is.UIDNext == 0:
		return false, false
	case at.validity != is.Validity || at.next != is.UIDNext || at.low > 1 || !holes.none():
		return true, true
	case !s.qresync && at.count != is.Messages, is.ModSeq > 0 && at.modseq != is.ModSeq:
		return true, true
	}
	return false, is.ModSeq > 0
}

func counts(st client.Status) mail.Counts {
	return mail.Counts{Total: st.Messages, Unread: st.Unseen}
}

// know makes sure that the client knows a mailbox whose name the server may
// write as it should not: the list tells it.
func (s *Source) know(ctx context.Context, mailbox string) error {
	if err := s.settle(ctx); err != nil {
		return err
	}
	plain := func(r rune) bool { return r >= 0x80 || r == '&' }
	if s.listed || !strings.ContainsFunc(mailbox, plain) {
		return nil
	}
	_, err := s.c.List(ctx)
	s.listed = err == nil
	return s.fail("list the mailboxes", err)
}

// Create makes a mailbox and subscribes to it.
func (s *Source) Create(ctx context.Context, mailbox string) error {
	if err := s.settle(ctx); err != nil {
		return err
	}
	if err := s.c.Create(ctx, mailbox); err != nil {
		return s.fail("create the mailbox "+mailbox, err)
	}
	return s.fail("subscribe to "+mailbox, s.c.Subscribe(ctx, mailbox))
}

// Rename gives a mailbox another name.
func (s *Source) Rename(ctx context.Context, from, to string) error {
	if err := s.know(ctx, from); err != nil {
		return err
	}
	s.forget(from)
	return s.fail("rename the mailbox "+from, s.c.Rename(ctx, from, to))
}

// Remove deletes a mailbox with all it holds.
func (s *Source) Remove(ctx context.Context, mailbox string) error {
	if err := s.know(ctx, mailbox); err != nil {
		return err
	}
	s.forget(mailbox)
	return s.fail("delete the mailbox "+mailbox, s.c.Delete(ctx, mailbox))
}

func (s *Source) forget(mailbox string) {
	if s.mailbox == mailbox {
		s.mailbox, s.selected = "", nil
	}
}

// open selects a mailbox, unless it is selected.
func (s *Source) open(ctx context.Context, mailbox string) (*client.Selected, error) {
	if s.selected != nil && s.mailbox == mailbox {
		return s.selected, nil
	}
	return s.reopen(ctx, mailbox, client.SelectOptions{})
}

// reopen selects a mailbox anew, to learn what it is now.
func (s *Source) reopen(ctx context.Context, mailbox string, o client.SelectOptions) (*client.Selected, error) {
	if err := s.know(ctx, mailbox); err != nil {
		return nil, err
	}
	s.mailbox, s.selected = "", nil
	sel, err := s.c.Select(ctx, mailbox, o)
	if err != nil {
		return nil, s.fail("open the mailbox "+mailbox, err)
	}
	s.mailbox, s.selected = mailbox, sel
	return sel, nil
}
