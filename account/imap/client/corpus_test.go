package client

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-imap/v2"

	"posthorn/internal/corpus"
	"posthorn/mail/message"
)

// What real servers have said in answer to some command is read, whatever the
// command was, and the connection goes on.
func TestRealServers(t *testing.T) {
	files := append(corpus.Files(t, "servers/mailkit-imap/*.txt"), corpus.Files(t, "servers/libetpan-imap/*")...)
	for _, name := range files {
		t.Run(filepath.Base(name), func(t *testing.T) {
			answered := answer(t, corpus.Read(t, name))
			for _, ask := range asks() {
				c := converse(t, answered)
				ask(t, c)
				if bytes.Contains(corpus.Read(t, name), []byte("{4294967296}")) { // which does not come
					if err := c.Noop(soon(t)); err == nil || !strings.Contains(err.Error(), "octets at once") {
						t.Errorf("the error is %v", err)
					}
					continue
				}
				if bytes.Contains(corpus.Read(t, name), []byte("* BYE")) { // it is the end
					if err := c.Noop(soon(t)); !errors.Is(err, ErrBye) {
						t.Errorf("after BYE: %v", err)
					}
					continue
				}
				lives(t, c)
			}
		})
	}
}

// asks are commands to which the answer can be.
func asks() []func(t *testing.T, c *Client) {
	return []func(t *testing.T, c *Client){
		func(t *testing.T, c *Client) { c.List(soon(t)) },
		func(t *testing.T, c *Client) { c.Select(soon(t), "INBOX", SelectOptions{}) },
		func(t *testing.T, c *Client) { c.Search(soon(t)) },
		func(t *testing.T, c *Client) {
			if e, err := c.Enable(soon(t), "QRESYNC"); err == nil {
				e.Wait(soon(t))
			}
		},
		func(t *testing.T, c *Client) { c.Move(soon(t), imap.UIDSetNum(1), "x") },
		func(t *testing.T, c *Client) { c.FetchSection(soon(t), 1, "", io.Discard) },
		func(t *testing.T, c *Client) {
			cmd, err := c.Fetch(soon(t), imap.UIDSetNum(1), "ALL", func(*Message) bool { return true })
			if err == nil {
				cmd.Wait(soon(t))
			}
		},
	}
}

// What was said in those dialogues: some of it, so that it is known to be read
// and not only survived.
func TestRealAnswers(t *testing.T) {
	fetch := func(name string) map[uint32]*Message {
		list := map[uint32]*Message{}
		c := converse(t, answer(t, server(t, "mailkit-imap/"+name)))
		cmd, err := c.Fetch(soon(t), imap.UIDSetNum(1), "ALL", func(m *Message) bool { list[m.Seq] = m; return true })
		if err == nil {
			err = cmd.Wait(soon(t))
		}
		if err != nil {
			t.Fatal(err)
		}
		return list
	}
	names := func(name string) (list []string) {
		boxes, err := converse(t, answer(t, server(t, "mailkit-imap/"+name))).List(soon(t))
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range boxes {
			list = append(list, m.Name)
		}
		return list
	}
	if m := fetch("domino-fetch-extra-parens.txt")[2]; m == nil || m.UID != 14935 || m.Has&(HasEnvelope|HasStructure) != HasEnvelope|HasStructure {
		t.Errorf("Domino's second message is %+v", m)
	}
	if m := fetch("gmail-fetch-quoted-string.txt")[3]; m == nil || len(m.Sections) != 1 || m.Sections[0].Text != "This is the message body as a quoted-string." {
		t.Errorf("Gmail's third message is %+v", m)
	}
	if m := fetch("yandex-getbodypart-missing-content.txt")[1]; m == nil || m.UID != 3016 || !strings.Contains(m.Sections[0].Text, "empty.pdf") {
		t.Errorf("Yandex's message is %+v", m)
	}
	if m := fetch("gmail-expunge-during-fetch.txt")[3]; m == nil || m.Envelope.Subject != "subject 3" || m.Envelope.MessageID != "msg-id@localhost.localdomain" {
		t.Errorf("Gmail's third message is %+v", m)
	}
	if got := strings.Join(names("common-list-literal-subfolders.txt"), ", "); got != "INBOX, Literal Folder Name" {
		t.Errorf("the mailboxes are %s", got)
	}
	if got := strings.Join(names("lowercase-list.txt"), ", "); got != "INBOX, Trash" {
		t.Errorf("the mailboxes are %s", got)
	}
	if got := strings.Join(names("gmail-list-all.txt")[:4], ", "); got != "INBOX, +Folder, [Gmail], [Gmail]/All Mail" {
		t.Errorf("the mailboxes are %s", got)
	}
}

// The envelopes that imaptest expects of a server are read as the messages are
// that they are of.
func TestImaptestEnvelopes(t *testing.T) {
	expected := string(corpus.Read(t, "servers/imaptest/fetch-envelope"))
	mbox := strings.ReplaceAll("\n"+string(corpus.Read(t, "servers/imaptest/fetch-envelope.mbox")), "\r\n", "\n")
	raws := strings.Split(mbox, "\nFrom user@domain")[1:]
	lines := regexp.MustCompile(`(?m)^\* \d+ FETCH \(ENVELOPE .*\)$`).FindAllString(expected, -1)
	if len(lines) == 0 || len(lines) != len(raws) {
		t.Fatalf("there are %d messages and %d envelopes", len(raws), len(lines))
	}
	for i, line := range lines {
		got := fetched(t, "S: "+line)[0].Envelope
		_, raw, _ := strings.Cut(raws[i], "\n")
		want := message.Parse([]byte(raw)).Envelope
		if !got.Date.Equal(want.Date) {
			t.Errorf("%d: the date is %v, not %v", i+1, got.Date, want.Date)
		}
		got.Date, want.Date = time.Time{}, time.Time{}
		if len(want.Sender) == 0 { // the server takes From where there is none
			want.Sender = want.From
		}
		if len(want.ReplyTo) == 0 {
			want.ReplyTo = want.From
		}
		if a, b := fmt.Sprint(got), fmt.Sprint(want); a != b {
			t.Errorf("%d: read is\n\t%s\nnot\n\t%s", i+1, a, b)
		}
	}
}

// The sections that imaptest expects of a server are read as they stand there.
func TestImaptestSections(t *testing.T) {
	section := regexp.MustCompile(`(?s)\* (\d+) fetch \((body|binary)\[([^]]*)\](<\d+>)? (~?)\{\{\{\n(.*?)\n\}\}\}\)\n`)
	read := 0
	for _, name := range corpus.Files(t, "servers/imaptest/fetch-b*") {
		for _, m := range section.FindAllStringSubmatch(string(corpus.Read(t, name)), -1) {
			text := strings.ReplaceAll(m[6], "\n", "\r\n")
			said := fmt.Sprintf("* %s FETCH (%s[%s]%s %s{%d}\r\n%s)\r\n", m[1], m[2], m[3], m[4], m[5], len(text), text)
			list := fetched(t, "S= "+strconv.Quote(said))
			read++
			if len(list) != 1 {
				t.Errorf("%s: %q has %d messages", name, said, len(list))
			} else if got, ok := list[0].Section(m[3]); !ok || got != text {
				t.Errorf("%s: section %s is %q, not %q", name, m[3], got, text)
			}
		}
	}
	if read < 50 {
		t.Errorf("%d sections were read", read)
	}
}

// converse returns a client of a server that answers the first command with what
// is given, whatever it was, and every other one with OK.
func converse(t *testing.T, answer string) *Client {
	t.Helper()
	c := piped(t, func(conn net.Conn) {
		io.WriteString(conn, "* OK ready\r\n")
		sc := bufio.NewScanner(conn)
		for first := true; sc.Scan(); first = false {
			tag, rest, _ := strings.Cut(sc.Text(), " ")
			if rest == "" {
				continue // the rest of a command
			}
			if first {
				io.WriteString(conn, strings.ReplaceAll(answer, "<tag>", tag))
				continue
			}
			io.WriteString(conn, tag+" OK done\r\n")
		}
	})
	<-c.greeted
	return c
}

// answer makes an answer of what was recorded: with CRLF, and the tag of the
// command at the beginning of its last line.
func answer(t *testing.T, recorded []byte) string {
	t.Helper()
	s := string(bytes.ReplaceAll(bytes.ReplaceAll(recorded, []byte("\r\n"), []byte("\n")), []byte("\n"), []byte("\r\n")))
	if tagged := regexp.MustCompile(`(?m)^A(########|\d+) `); tagged.MatchString(s) {
		return tagged.ReplaceAllString(s, "<tag> ")
	}
	if s != "" && !strings.HasSuffix(s, "\r\n") {
		s += "\r\n"
	}
	return s + "<tag> OK done\r\n"
}
