package client

import (
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-imap/v2"

	"posthorn/mail"
)

// fetched sends a FETCH, lets the server answer it with the given lines, and
// returns the messages that it told of. The connection must outlive that.
func fetched(t *testing.T, answer string) (list []*Message) {
	t.Helper()
	c := talk(t, "S: * OK ready\nC: p1 UID FETCH 1:* (ALL)\n"+answer+"\nS: p1 OK done\nC: p2 NOOP\nS: p2 OK done")
	set := imap.UIDSet{imap.UIDRange{Start: 1}}
	cmd, err := c.Fetch(soon(t), set, "(ALL)", func(m *Message) bool {
		list = append(list, m)
		return true
	})
	if err == nil {
		err = cmd.Wait(soon(t))
	}
	if err != nil {
		t.Fatal(err)
	}
	lives(t, c)
	return list
}

// One item that is not as it should be costs that item, and none after it: each
// of these answers ends with a UID that must be read.
func TestItemsThatAreWrong(t *testing.T) {
	date := time.Date(2007, 2, 15, 1, 2, 3, 0, time.FixedZone("", 7200))
	for _, test := range []struct {
		what, item string
		want       Message
	}{
		{"an item nobody knows", `X-GM-MSGID 1278455344230334865 EMAILID (M6d99) X-GM-LABELS ("\\Inbox" "a b")`,
			Message{Other: []Item{{"X-GM-MSGID", "1278455344230334865"}, {"EMAILID", "(M6d99)"}, {"X-GM-LABELS", `("\\Inbox" "a b")`}}}},
		{"nil in lower case", `ENVELOPE ("Thu, 15 Feb 2007 01:02:03 +0200" nil nil nil nil nil nil nil nil "<a@b>")`,
			Message{Has: HasEnvelope, Envelope: mail.Envelope{Date: date, MessageID: "a@b"}}},
		{"flags with brackets and percent signs", `FLAGS ([Gmail]/x %bad \seen "quoted" \*)`,
			Message{Has: HasFlags, Flags: mail.Seen, Keywords: []string{"[Gmail]/x", "%bad", "quoted"}}},
		{"a parameter that is NIL", `BODYSTRUCTURE ("text" "plain" ("charset" NIL "x" "y") NIL NIL "7bit" 5 1)`,
			Message{Has: HasStructure, Structure: &mail.Part{Path: "1", Type: "text/plain", Params: map[string]string{"charset": "", "x": "y"}, Encoding: "7bit", Size: 5}}},
		{"a multipart without parts", `BODYSTRUCTURE ("mixed" ("boundary" "x"))`,
			Message{Has: HasStructure, Structure: &mail.Part{Type: "multipart/mixed", Params: map[string]string{"boundary": "x"}}}},
		{"a multipart without parts, in other words", `BODYSTRUCTURE (() "mixed")`,
			Message{Has: HasStructure, Structure: &mail.Part{Type: "multipart/mixed"}}},
		{"a size below nothing", `RFC822.SIZE -1 MODSEQ (-2)`, Message{}},
		{"lines below nothing", `BODYSTRUCTURE ("TEXT" "HTML" NIL NIL NIL "base64" 4554 -1 NIL ("inline" NIL) NIL)`,
			Message{Has: HasStructure, Structure: &mail.Part{Path: "1", Type: "text/html", Encoding: "base64", Size: 4554, Disposition: "inline"}}},
		{"a date that is empty", `INTERNALDATE ""`, Message{}},
		{"a date that is none", `INTERNALDATE "99-Foo-2007 01:02:03 +0200" ENVELOPE ("yesterday" "s" NIL NIL NIL NIL NIL NIL NIL "no brackets")`,
			Message{Has: HasEnvelope, Envelope: mail.Envelope{Subject: "s", MessageID: "no brackets"}}},
		{"quotes that are not escaped", `ENVELOPE (NIL """" (("a "b"c" NIL "u" "h")) NIL NIL NIL NIL NIL NIL NIL)`,
			Message{Has: HasEnvelope, Envelope: mail.Envelope{Subject: `""`, From: []mail.Address{{Name: `a "b"c`, Address: "u@h"}}}}},
		{"an envelope that ends early", `ENVELOPE (NIL "s")`, Message{Has: HasEnvelope, Envelope: mail.Envelope{Subject: "s"}}},
		{"an envelope that is too long", `ENVELOPE (NIL "s" NIL NIL NIL NIL NIL NIL NIL NIL "x" ("y"))`, Message{Has: HasEnvelope, Envelope: mail.Envelope{Subject: "s"}}},
		{"an envelope that is none", `ENVELOPE NIL`, Message{}},
		{"items in parentheses of their own", `(ENVELOPE (NIL "s" NIL NIL NIL NIL NIL NIL NIL NIL)) RFC822.SIZE 7`,
			Message{Has: HasEnvelope | HasSize, Size: 7, Envelope: mail.Envelope{Subject: "s"}}},
		{"a section that has no value", `BODY[2] NIL`, Message{Sections: []Section{{Name: "2"}}}},
		{"a section in quotes", `BODY[1.TEXT]<0> "a b"`, Message{Sections: []Section{{Name: "1.TEXT", Text: "a b"}}}},
		{"a section with the names of fields", `BODY[HEADER.FIELDS (References "List-Id")] "x"`, Message{Sections: []Section{{Name: `HEADER.FIELDS (REFERENCES "LIST-ID")`, Text: "x"}}}},
		{"parentheses too many", `FLAGS (\Seen)) (`, Message{Has: HasFlags, Flags: mail.Seen}},
	} {
		t.Run(test.what, func(t *testing.T) {
			list := fetched(t, "S: * 3 FETCH ("+test.item+" UID 7)\nS: * 4 FETCH (UID 8)")
			if len(list) != 2 || list[1].UID != 8 {
				t.Fatalf("the server told of 2 messages, and %d were read", len(list))
			}
			got := *list[0]
			if test.what != "parentheses too many" { // what follows is beyond the end
				test.want.UID, test.want.Has = 7, test.want.Has|HasUID
			}
			test.want.Seq = 3
			if len(got.Envelope.From) == 0 {
				got.Envelope.From = nil
			}
			if !got.Envelope.Date.Equal(test.want.Envelope.Date) {
				t.Errorf("its date is %v, not %v", got.Envelope.Date, test.want.Envelope.Date)
			}
			got.Envelope.Date, test.want.Envelope.Date = time.Time{}, time.Time{}
			if !reflect.DeepEqual(got, test.want) {
				t.Errorf("read is\n\t%+v\nnot\n\t%+v", got, test.want)
			}
		})
	}
}

// Literals may stand wherever a string may, of either kind.
func TestLiterals(t *testing.T) {
	list := fetched(t, `
		S= "* 1 FETCH (BODY[] ~{7}\r\nab\x00)\r\nc UID 5 ENVELOPE (NIL {3}\r\na\"b NIL NIL NIL NIL NIL NIL NIL {5+}\r\n<a@b>) FLAGS ({5}\r\n\\Seen))\r\n"
		S= "* 2 FETCH (UID 6 BODY[1] {0}\r\n)\r\n"`)
	if len(list) != 2 {
		t.Fatalf("read are %d messages", len(list))
	}
	m := list[0]
	if text, ok := m.Section(""); !ok || text != "ab\x00)\r\nc" || m.UID != 5 || m.Envelope.Subject != `a"b` || m.Envelope.MessageID != "a@b" {
		t.Errorf("read is %+v", m)
	}
	if text, ok := list[1].Section("1"); !ok || text != "" || list[1].UID != 6 {
		t.Errorf("read is %+v", list[1])
	}
}

// What a server says in words may end as a literal begins.
func TestWordsThatLookLikeLiterals(t *testing.T) {
	c := talk(t, `
		S: * OK ready {10}
		C: p1 NOOP
		S: * NO the message {99}
		S: p1 OK done {7}
		C: p2 NOOP
		S: p2 OK done`)
	lives(t, c)
	lives(t, c)
}

// A response that nobody has asked for, known or not, goes to Notify, in the
// server's order.
func TestUnasked(t *testing.T) {
	var said []string
	c := talk(t, `
		S: * OK ready
		C: p1 NOOP
		S: * VANISHED 3:4
		S: * LSUB () "/" old
		S: * 5 EXISTS
		S: * 2 EXPUNGE
		S: * 3 FETCH (FLAGS (\Seen))
		S: * XLIST (\Inbox) "/" in
		S: * 4 FROBNICATED (a {3}
		S: b c d)
		S: *
		S: nonsense
		S:
		S: * NO [OVERQUOTA] soon full
		S: * BAD what was that
		S: p1 OK [ALERT] going down at noon
		C: p2 NOOP
		S: p2 OK done`)
	<-c.greeted
	c.Notify(func(r *Response) {
		s := r.Name
		if r.Reply.Kind != "" {
			s += " [" + r.Reply.Code + "] " + r.Reply.Text
		}
		said = append(said, s)
	})
	lives(t, c)
	lives(t, c)
	want := "VANISHED, LSUB, EXISTS, EXPUNGE, FETCH, XLIST, FROBNICATED, NO [OVERQUOTA] soon full, BAD [] what was that, OK [ALERT] going down at noon"
	if got := strings.Join(said, ", "); got != want {
		t.Errorf("heard is\n\t%s\nnot\n\t%s", got, want)
	}
}

// A server that ends the connection says why.
func TestBye(t *testing.T) {
	c := talk(t, `
		S: * OK ready
		C: p1 NOOP
		S: * BYE too many connections from you
		S= "* 1 EX"
		X`)
	err := c.Noop(soon(t))
	if !errors.Is(err, ErrBye) || !strings.Contains(err.Error(), "too many connections from you") {
		t.Errorf("the error is %v", err)
	}
}

// Mailbox names are not always written as they should be. One that is not must
// not cost the others, and must go back as it came.
func TestNames(t *testing.T) {
	c := talk(t, `
		S: * OK [CAPABILITY IMAP4rev1 ] ready
		C: p1 LIST "" "*"
		S: * LIST () "/" inbox
		S: * LIST (\HasNoChildren \Sent) "/" "Gesendete Objekte"
		S: * LIST () "/" "&Jjo-!"
		S: * LIST () "/" "Entw&APw-rfe"
		S: * LIST () "/" "bad &utf"
		S: * LIST () "/" "Entwürfe 2"
		S: * LIST () "/" "A &- B"
		S: * List (\Trash) NIL NIL
		S= "* LIST () \"/\" {6}\r\na\\b\"c&\r\n"
		S: * LIST () "/" 2007
		S: p1 OK done
		C: p2 STATUS "bad &utf" (MESSAGES UNSEEN UIDNEXT UIDVALIDITY)
		S: * STATUS "bad &utf" (MESSAGES 3 UNSEEN 1 )
		S: p2 OK done
		C: p3 STATUS "Entw&APw-rfe" (MESSAGES UNSEEN UIDNEXT UIDVALIDITY)
		S: * STATUS "Entw&APw-rfe" (UNSEEN -1 MAILBOXID (x) MESSAGES 4) 
		S: p3 OK
		C: p4 NOOP
		S: p4 OK done`)
	list, err := c.List(soon(t))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, m := range list {
		names = append(names, m.Name)
	}
	want := []string{"INBOX", "Gesendete Objekte", "☺!", "Entwürfe", "bad &utf", "Entwürfe 2", "A & B", "NIL", `a\b"c&`, "2007"}
	if !reflect.DeepEqual(names, want) {
		t.Errorf("the names are %q, not %q", names, want)
	}
	if !list[7].Is(`\Trash`) || list[7].Delimiter != "" {
		t.Errorf("the mailbox without levels is %+v", list[7])
	}
	if st, err := status(t, c, "bad &utf"); err != nil || st != (Status{Messages: 3, Unseen: 1}) {
		t.Errorf("the status is %+v, %v", st, err)
	}
	if st, err := status(t, c, "Entwürfe"); err != nil || st != (Status{Messages: 4}) {
		t.Errorf("the status is %+v, %v", st, err)
	}
	lives(t, c)
}

// With NOTIFY the server tells of mailboxes that nobody asked about, and not all
// of what was asked.
func TestStatusUnasked(t *testing.T) {
	c := talk(t, `
		S: * OK [CAPABILITY IMAP4rev1 NOTIFY LIST-EXTENDED LIST-STATUS] ready
		C: p1 STATUS "a" (MESSAGES UNSEEN UIDNEXT UIDVALIDITY)
		S: * STATUS b (MESSAGES 9 UNSEEN 9)
		S: * STATUS a (MESSAGES 2 UNSEEN 1)
		S: * STATUS a (MESSAGES 3 UIDNEXT 7)
		S: p1 OK done
		C: p2 LIST "" "*" RETURN (SUBSCRIBED STATUS (MESSAGES UNSEEN UIDNEXT UIDVALIDITY))
		S: * LIST () "/" a
		S: * STATUS a (MESSAGES 3 UNSEEN 1)
		S: * STATUS a (MESSAGES 4)
		S: * STATUS c (MESSAGES 4)
		S: p2 OK done`)
	<-c.greeted
	if st, err := status(t, c, "a"); err != nil || st != (Status{Messages: 3, Unseen: 1, UIDNext: 7}) {
		t.Errorf("the status is %+v, %v", st, err)
	}
	if list, err := c.List(soon(t)); err != nil || len(list) != 1 || list[0].Status != (Status{Messages: 4, Unseen: 1}) {
		t.Errorf("listed is %+v, %v", list, err)
	}
}

// Answers to COPY that make no sense say nothing.
func TestCopied(t *testing.T) {
	for _, test := range []struct {
		code string
		want Copied
	}{
		{"COPYUID 7 1:3 11:13", Copied{7, []uint32{1, 2, 3}, []uint32{11, 12, 13}}},
		{"COPYUID 7 3,1 4:5", Copied{7, []uint32{3, 1}, []uint32{4, 5}}},
		{"COPYUID 7 1:* 4:*", Copied{Validity: 7}},
		{"COPYUID 7 1:3 11:12", Copied{}},
		{"COPYUID 7 1:4294967295 1:4294967295", Copied{}},
		{"COPYUID 7", Copied{}},
		{"OTHER", Copied{}},
	} {
		c := talk(t, `
			S: * OK ready
			C: p1 UID MOVE 1:3 "Else where"
			S: * OK [`+test.code+`] moved
			S: * 1 EXPUNGE
			S: p1 OK done
			C: p2 NOOP
			S: p2 OK done`)
		got, err := c.Move(soon(t), imap.UIDSet{imap.UIDRange{Start: 1, Stop: 3}}, "Else where")
		if err != nil {
			t.Fatal(err)
		}
		if test.code == "COPYUID 7 1:4294967295 1:4294967295" {
			// As much of it as is taken is the same in both.
			if !reflect.DeepEqual(got.From, got.To) || len(got.From) > maxNumbers {
				t.Errorf("%s: %d numbers", test.code, len(got.From))
			}
		} else if !reflect.DeepEqual(*got, test.want) && len(got.From)+len(test.want.From) > 0 {
			t.Errorf("%s: read is %+v, not %+v", test.code, *got, test.want)
		}
		lives(t, c)
	}
}

// What SELECT tells may come in any order, with anything between.
func TestSelect(t *testing.T) {
	c := talk(t, `
		S: * OK [CAPABILITY IMAP4rev1 CONDSTORE] ready
		C: p1 SELECT INBOX (CONDSTORE)
		S: * OK [CLOSED] before
		S: * FLAGS (\Seen $x)
		S: * OK [PERMANENTFLAGS (\Seen \*)] as you like
		S: * 172 EXISTS
		S: * OK [UIDVALIDITY 3857529045] x
		S: * OK [UIDNEXT 4392]
		S: * OK [HIGHESTMODSEQ 715194045007]
		S: * OK [UNSEEN 12]
		S: * 1 RECENT
		S: * OK [MAILBOXID (x)] y
		S: p1 OK [READ-ONLY] done
		C: p2 NOOP
		S: p2 OK done`)
	<-c.greeted
	s, err := c.Select(soon(t), "Inbox", SelectOptions{})
	want := &Selected{Exists: 172, Validity: 3857529045, UIDNext: 4392, ModSeq: 715194045007, ReadOnly: true, Permanent: []string{`\seen`, `\*`}}
	if err != nil || !reflect.DeepEqual(s, want) {
		t.Errorf("selected is %+v, %v", s, err)
	}
	lives(t, c)
}

// With QRESYNC the server tells what changed with SELECT.
func TestSelectChanges(t *testing.T) {
	c := talk(t, `
		S: * OK [CAPABILITY IMAP4rev1 ENABLE QRESYNC CONDSTORE] ready
		C: p1 ENABLE QRESYNC UTF8=ACCEPT
		S: * ENABLED qresync
		S: p1 OK done
		C: p2 EXAMINE "A&APw-" (QRESYNC (67890007 90060115194045000))
		S: * 100 EXISTS
		S: * OK [UIDVALIDITY 67890007] x
		S: * VANISHED (EARLIER) 41,43:116,x,9:7
		S: * 49 FETCH (UID 117 FLAGS (\Seen \Answered) MODSEQ (90060115194045001))
		S: * 50 FETCH (FLAGS (\Seen))
		S: * 5 FETCH (UID 119 FLAGS ($x) MODSEQ (90060115194045308))
		S: p2 OK done`)
	<-c.greeted
	e, err := c.Enable(soon(t), "QRESYNC", "UTF8=ACCEPT")
	if err != nil {
		t.Fatal(err)
	}
	enabled, err := e.Wait(soon(t))
	if err != nil || !reflect.DeepEqual(enabled, []string{"QRESYNC"}) || c.UTF8() {
		t.Errorf("enabled are %v, %v", enabled, err)
	}
	s, err := c.Select(soon(t), "Aü", SelectOptions{ReadOnly: true, Validity: 67890007, ModSeq: 90060115194045000})
	want := &Selected{Exists: 100, Validity: 67890007,
		Changed:  []Flagged{{UID: 117, Flags: mail.Seen | mail.Answered}, {UID: 119, Keywords: []string{"$x"}}},
		Vanished: []Range{{41, 41}, {43, 116}, {7, 9}}}
	if err != nil || !reflect.DeepEqual(s, want) {
		t.Errorf("selected is\n\t%+v, %v\nnot\n\t%+v", s, err, want)
	}
}

func TestSearch(t *testing.T) {
	for _, test := range []struct{ caps, sent, answer string }{
		{"", "UNSEEN", "* SEARCH 4 2 x 7"},
		{"", "UNSEEN", "* SEARCH 4 2 7 (MODSEQ 917162500)"},
		{"", "UNSEEN", "* search 4\nS: * 7 EXISTS\nS: * SEARCH 2 7"},
		{"ESEARCH", "RETURN (ALL) UNSEEN", `* ESEARCH (TAG "p1") UID COUNT 3 ALL 4,2,7 MODSEQ 9`},
		{"IMAP4rev2", "RETURN (ALL) UNSEEN", `* ESEARCH (TAG p1) FROB (a b) ALL 4,2,7`},
	} {
		c := talk(t, `
			S: * OK [CAPABILITY IMAP4rev1 `+test.caps+`] ready
			C: p1 UID SEARCH `+test.sent+`
			S: `+test.answer+`
			S: p1 OK done
			C: p2 NOOP
			S: p2 OK done`)
		<-c.greeted
		uids, err := c.Search(soon(t), Unseen())
		if err != nil || !reflect.DeepEqual(uids, []uint32{4, 2, 7}) {
			t.Errorf("%s: found are %v, %v", test.answer, uids, err)
		}
		lives(t, c)
	}
}
