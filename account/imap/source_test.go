package imap

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"posthorn/account"
	"posthorn/account/imap/client"
	"posthorn/internal/dialogue"
	"posthorn/mail"
)

// session logs in to a server that plays a dialogue; <H>, <P> and <F> in it
// stand for the items that are asked of messages. The login takes the tag p1.
func session(t *testing.T, caps, text string) *Source {
	t.Helper()
	text = strings.NewReplacer("<H>", headerItems, "<P>", plainItems, "<B>", briefItems, "<F>", flagItems).Replace(text)
	addr := dialogue.Listen(t, "S: * OK [CAPABILITY IMAP4rev1] hi\nC: p1 LOGIN \"ann\" \"secret\"\nS: p1 OK [CAPABILITY IMAP4rev1 "+caps+"] in\n"+text)
	return dial(t, Options{Server: account.Server{Host: "127.0.0.1", Port: addr.Port, TLS: account.Plain},
		Login: account.Login{User: "ann", Password: func(context.Context) (string, error) { return "secret", nil }}})
}

// told writes down what a source tells of a mailbox, a word for each change.
func told(t *testing.T, s *Source, since cursor) (words string, at cursor) {
	t.Helper()
	var b strings.Builder
	at = since
	for d, err := range s.Changes(t.Context(), "INBOX", since.encode()) {
		if err != nil {
			t.Fatalf("after %q: %v", b.String(), err)
		}
		if d.Reset {
			b.WriteString("reset ")
		}
		for _, h := range d.New {
			fmt.Fprintf(&b, "%s:%s%s ", h.UID, h.Subject, mark(h.Flags))
		}
		for _, f := range d.Flags {
			fmt.Fprintf(&b, "%s%s ", f.UID, mark(f.Flags))
		}
		if d.Whole != nil {
			fmt.Fprintf(&b, "all(%d-%d) ", d.Whole.First, d.Whole.Last)
		}
		for _, u := range d.Gone {
			fmt.Fprintf(&b, "-%s ", u)
		}
		at = decode(d.Cursor)
	}
	return strings.TrimSpace(b.String()), at
}

func mark(f mail.Flags) string {
	if f&mail.Seen != 0 {
		return "✓"
	}
	return "·"
}

// header is a message's answer to <H>.
func header(seq, uid int, subject, flags string) string {
	return fmt.Sprintf(`S: * %d FETCH (UID %d FLAGS (%s) INTERNALDATE "02-Nov-2026 14:00:00 +0000" RFC822.SIZE 100 `+
		`ENVELOPE (NIL "%s" NIL NIL NIL NIL NIL NIL NIL "<%d@x>") BODYSTRUCTURE ("text" "plain" NIL NIL NIL "7bit" 1 1) BODY[HEADER.FIELDS (REFERENCES)] "")`+"\n",
		seq, uid, flags, subject, uid)
}

const selected = `
	S: * 3 EXISTS
	S: * OK [UIDVALIDITY 7] x
	S: * OK [UIDNEXT 13] x
`

// What servers do to a mailbox while it is read, or since it was. Whatever it
// is, what is told is what is there.
func TestChangesAsTold(t *testing.T) {
	known := cursor{validity: 7, low: 1, next: 12, count: 2}
	for _, test := range []struct {
		what, caps, dialogue string
		since                cursor
		want                 string
		at                   cursor
	}{
		{"all is new", "", `C: p2 SELECT INBOX` + selected + "S: p2 OK [READ-WRITE] done\n" +
			"C: p3 FETCH 1:3 <H>\n" + header(1, 3, "a", "") + header(2, 5, "b", `\Seen`) + header(3, 12, "c", "") + "S: p3 OK done\n" +
			"C: p4 SEARCH UNSEEN\nS: * SEARCH 1 3\nS: p4 OK done",
			cursor{}, "12:c· 5:b✓ 3:a·", cursor{7, 1, 13, 0, 3}},
		{"the numbers are in no order, and one comes twice", "", `C: p2 SELECT INBOX` + selected + "S: p2 OK [READ-WRITE] done\n" +
			"C: p3 FETCH 1:3 <H>\n" + header(3, 12, "c", "") + header(1, 3, "a", "") + header(2, 5, "b", "") + header(1, 3, "a", `\Seen`) + "S: p3 OK done\n" +
			"C: p4 SEARCH UNSEEN\nS: * SEARCH\nS: p4 OK done",
			cursor{}, "12:c· 5:b· 3:a✓", cursor{7, 1, 13, 0, 3}},
		{"the server speaks of flags meanwhile", "", `C: p2 SELECT INBOX` + selected + "S: p2 OK [READ-WRITE] done\n" +
			"C: p3 FETCH 1:3 <H>\nS: * 1 FETCH (FLAGS (\\Seen))\nS: * 2 FETCH (UID 5 FLAGS (\\Seen))\n" + header(1, 3, "a", "") + header(2, 5, "b", "") + "S: * 9 EXISTS\nS: * OK still there\n" + header(3, 12, "c", "") +
			"S: * 1 FETCH (UID 3 FLAGS (\\Seen))\nS: p3 OK done\n" +
			"C: p4 SEARCH UNSEEN\nS: * SEARCH\nS: p4 OK done",
			cursor{}, "12:c· 5:b· 3:a✓", cursor{7, 1, 13, 0, 3}},
		{"the server counts more than it has", "", `C: p2 SELECT INBOX
			S: * 900 EXISTS
			S: * OK [UIDVALIDITY 7] x
			S: * OK [UIDNEXT 13] x
			S: p2 OK done
			C: p3 FETCH 801:900 <H>
			C: p4 FETCH 301:800 <H>
			S: p3 NO not there
			C: p5 FETCH 801:900 <P>
			S: p4 NO not there
			S: p5 OK there is none
			C: p6 FETCH 801:900 <B>
			S: p6 OK there is none
			C: p7 FETCH 1:300 <H>
			C: p8 SEARCH UNSEEN
			S: p7 NO not there
			S: p8 OK none
			C: p9 FETCH 301:800 <P>
			S: p9 OK none
			C: p10 FETCH 301:800 <B>
			S: p10 OK none
			C: p11 FETCH 1:300 <P>` + "\n" + header(1, 3, "a", "") + `S: p11 OK done
			C: p12 FETCH 1:300 <B>
			S: * 1 FETCH (UID 3 FLAGS ())
			S: p12 OK done
			C: p13 UID SEARCH UID 4:12
			S: * SEARCH
			S: p13 OK none`,
			cursor{}, "3:a·", cursor{7, 1, 13, 0, 1}},
		{"a structure that the server cannot make out", "", `C: p2 SELECT INBOX` + selected + "S: p2 OK [READ-WRITE] done\n" +
			"C: p3 FETCH 1:3 <H>\n" + header(1, 3, "a", "") + "S: p3 NO some of the messages are broken\n" +
			"C: p4 FETCH 1:3 <P>\nS= \"* 2 FETCH (UID 5 FLAGS () RFC822.SIZE 9 BODY[HEADER] {14}\\r\\nSubject: b\\r\\n\\r\\n)\\r\\n\"\nS: p4 NO broken\n" +
			"C: p5 FETCH 1:3 <B>\nS: * 3 FETCH (UID 12 FLAGS (\\Seen))\nS: p5 OK done\n" +
			"C: p6 SEARCH UNSEEN\nS: * SEARCH\nS: p6 OK done\n" +
			"C: p7 UID SEARCH UID 12\nS: * SEARCH 12\nS: p7 OK done\n" +
			"C: p8 UID FETCH 12 <H>\nS: p8 NO broken\nC: p9 UID FETCH 12 <P>\nS: p9 NO broken\n" +
			"C: p10 UID FETCH 12 <B>\nS: * 3 FETCH (UID 12 FLAGS (\\Seen))\nS: p10 OK done",
			cursor{}, "5:b· 3:a· 12:(cannot be read: the server says: broken)✓", cursor{7, 1, 13, 0, 3}},
		{"numbered anew", "", `C: p2 SELECT INBOX` + selected + "S: p2 OK done\n" +
			"C: p3 FETCH 1:3 <H>\n" + header(1, 1, "a", "") + header(2, 2, "b", "") + header(3, 12, "c", "") + "S: p3 OK done\n" +
			"C: p4 SEARCH UNSEEN\nS: * SEARCH\nS: p4 OK done",
			cursor{validity: 6, low: 1, next: 12, count: 2}, "reset 12:c· 2:b· 1:a·", cursor{7, 1, 13, 0, 3}},
		{"one came and one went, and the server tells neither", "", `C: p2 SELECT INBOX` + selected + "S: p2 OK done\n" +
			"C: p3 FETCH 1:3 <F>\nS: * 1 FETCH (UID 3 FLAGS (\\Seen))\nS: * 2 FETCH (UID 5 FLAGS ())\nS: * 3 FETCH (UID 12 FLAGS ())\nS: p3 OK done\n" +
			"C: p4 UID SEARCH UID 12:*\nS: * SEARCH 12\nS: p4 OK done\n" +
			"C: p5 UID FETCH 12 <H>\n" + header(3, 12, "c", "") + "S: p5 OK done",
			known, "5· 3✓ all(3-11) all(1-2) 12:c·", cursor{7, 1, 13, 0, 3}},
		{"the last one is named where none is new", "", `C: p2 SELECT INBOX` + selected + "S: p2 OK done\n" +
			"C: p3 FETCH 1:3 <F>\nS: * 1 FETCH (UID 3 FLAGS ())\nS: * 2 FETCH (UID 5 FLAGS ())\nS: p3 OK done\n" +
			"C: p4 UID SEARCH UID 12:*\nS: * SEARCH 5\nS: p4 OK done",
			known, "5· 3· all(3-11) all(1-2)", cursor{7, 1, 13, 0, 2}},
		{"nothing changed", "CONDSTORE", `C: p2 SELECT INBOX (CONDSTORE)
			S: * 2 EXISTS
			S: * OK [UIDVALIDITY 7] x
			S: * OK [UIDNEXT 12] x
			S: * OK [HIGHESTMODSEQ 50]
			S: p2 OK done`,
			cursor{7, 1, 12, 50, 2}, "", cursor{7, 1, 12, 50, 2}},
		{"flags changed", "CONDSTORE", `C: p2 SELECT INBOX (CONDSTORE)
			S: * 2 EXISTS
			S: * OK [UIDVALIDITY 7] x
			S: * OK [UIDNEXT 12] x
			S: * OK [HIGHESTMODSEQ 60]
			S: p2 OK done
			C: p3 SEARCH UID 1:11
			S: * SEARCH 1 2
			S: p3 OK done
			C: p4 UID FETCH 1:11 <F> (CHANGEDSINCE 50)
			S: * 2 FETCH (UID 5 FLAGS (\Seen) MODSEQ (55))
			S: p4 OK done`,
			cursor{7, 1, 12, 50, 2}, "5✓", cursor{7, 1, 12, 60, 2}},
		{"one went, with CONDSTORE only", "CONDSTORE", `C: p2 SELECT INBOX (CONDSTORE)
			S: * 1 EXISTS
			S: * OK [UIDVALIDITY 7] x
			S: * OK [UIDNEXT 12] x
			S: * OK [HIGHESTMODSEQ 60]
			S: p2 OK done
			C: p3 SEARCH UID 1:11
			S: * SEARCH 1
			S: p3 OK done
			C: p4 FETCH 1 <F>
			S: * 1 FETCH (UID 5 FLAGS (\Seen))
			S: p4 OK done`,
			cursor{7, 1, 12, 50, 2}, "5✓ all(5-11) all(1-4)", cursor{7, 1, 12, 60, 1}},
		{"the server went back in time", "CONDSTORE", `C: p2 SELECT INBOX (CONDSTORE)
			S: * 1 EXISTS
			S: * OK [UIDVALIDITY 7] x
			S: * OK [UIDNEXT 6] x
			S: * OK [HIGHESTMODSEQ 40]
			S: p2 OK done
			C: p3 FETCH 1 <F>
			S: * 1 FETCH (UID 5 FLAGS ())
			S: p3 OK done
			C: p4 UID SEARCH UID 6:*
			S: * SEARCH 5
			S: p4 OK done`,
			cursor{7, 1, 12, 50, 2}, "5· all(5-11) all(1-4)", cursor{7, 1, 6, 40, 1}},
		{"all is told with SELECT", "ENABLE CONDSTORE QRESYNC", `C: p2 ENABLE CONDSTORE QRESYNC
			S: * ENABLED CONDSTORE QRESYNC
			S: p2 OK done
			C: p3 SELECT INBOX (QRESYNC (7 50))
			S: * 2 EXISTS
			S: * OK [UIDVALIDITY 7] x
			S: * OK [UIDNEXT 13] x
			S: * OK [HIGHESTMODSEQ 60]
			S: * VANISHED (EARLIER) 1:3,100:200
			S: * 1 FETCH (UID 5 FLAGS (\Seen) MODSEQ (55))
			S: p3 OK done
			C: p4 UID SEARCH UID 12:*
			S: * VANISHED 5
			S: * SEARCH 12
			S: p4 OK done
			C: p5 UID FETCH 12 <H>` + "\n" + header(1, 12, "c", "") + `S: p5 OK done`,
			cursor{7, 1, 12, 50, 4}, "5✓ -1 -2 -3 12:c·", cursor{7, 1, 13, 60, 2}},
	} {
		t.Run(test.what, func(t *testing.T) {
			text := test.dialogue
			if !strings.Contains(text, "SEARCH UNSEEN") { // which is asked in the end
				tag := fmt.Sprintf("p%d", strings.Count(text, "C: p")+2)
				text += "\nC: " + tag + " SEARCH UNSEEN\nS: * SEARCH\nS: " + tag + " OK done"
			}
			words, at := told(t, session(t, test.caps, text+"\nC$"), test.since)
			if words != test.want {
				t.Errorf("told is\n\t%s\nnot\n\t%s", words, test.want)
			}
			if at != test.at {
				t.Errorf("the cursor is %+v, not %+v", at, test.at)
			}
		})
	}
}

// A VANISHED that comes while something else was asked is not lost: what is known
// of the mailbox stays as of SELECT, so that the next one tells it again.
func TestVanishedMeanwhile(t *testing.T) {
	s := session(t, "ENABLE QRESYNC", `
		C: p2 ENABLE QRESYNC
		S: * ENABLED QRESYNC
		S: p2 OK done
		C: p3 SELECT INBOX (QRESYNC (7 50))
		S: * 3 EXISTS
		S: * OK [UIDVALIDITY 7] x
		S: * OK [UIDNEXT 12] x
		S: * OK [HIGHESTMODSEQ 60]
		S: p3 OK done
		C: p4 SEARCH UNSEEN
		S: * SEARCH
		S: p4 OK done
		C: p5 UID STORE 5 +FLAGS.SILENT (\Seen)
		S: * VANISHED 3
		S: * OK [HIGHESTMODSEQ 71] x
		S: p5 OK done
		C: p6 SELECT INBOX (QRESYNC (7 60))
		S: * 2 EXISTS
		S: * OK [UIDVALIDITY 7] x
		S: * OK [UIDNEXT 12] x
		S: * OK [HIGHESTMODSEQ 71]
		S: * VANISHED (EARLIER) 3
		S: * 1 FETCH (UID 5 FLAGS (\Seen) MODSEQ (70))
		S: p6 OK done
		C: p7 SEARCH UNSEEN
		S: * SEARCH
		S: p7 OK done
		C$`)
	_, at := told(t, s, cursor{7, 1, 12, 50, 3})
	if at.modseq != 60 {
		t.Errorf("it is known up to %d", at.modseq)
	}
	if err := s.SetFlags(t.Context(), []mail.Place{{Mailbox: "INBOX", Validity: 7, UID: "5"}}, mail.Seen, 0); err != nil {
		t.Fatal(err)
	}
	if words, at := told(t, s, at); words != "5✓ -3" || at.modseq != 71 || at.count != 2 {
		t.Errorf("told is %q, up to %+v", words, at)
	}
}

// A place of before the mailbox was numbered anew is not acted on: its UID is
// another message's now.
func TestPlacesOfBefore(t *testing.T) {
	s := session(t, "", "C: p2 SELECT INBOX"+selected+"S: p2 OK done\nC$")
	old := []mail.Place{{Mailbox: "INBOX", Validity: 6, UID: "5"}}
	var known *account.Error
	if err := s.SetFlags(t.Context(), old, mail.Deleted, 0); !errors.As(err, &known) || known.Kind != account.Renumbered {
		t.Errorf("the error is %v", err)
	}
	if err := s.Expunge(t.Context(), old); !errors.As(err, &known) || known.Kind != account.Renumbered {
		t.Errorf("the error is %v", err)
	}
}

// Errors say what was tried, with whom, and what came back.
func TestErrorsAsTold(t *testing.T) {
	gone := func(s *Source) error {
		for _, err := range s.Changes(context.Background(), "Old", "") {
			return err
		}
		return nil
	}
	for _, test := range []struct {
		what, dialogue string
		do             func(*Source) error
		kind           account.Kind
		says           string
	}{
		{"a mailbox that is gone", "C: p2 SELECT \"Old\"\nS: p2 NO [NONEXISTENT] no such mailbox", gone, account.NotFound, "open the mailbox Old"},
		{"a mailbox of somebody else", "C: p2 SELECT \"Old\"\nS: p2 NO [NOPERM] not yours", gone, account.Denied, "not yours"},
		{"no room", "C: p2 APPEND \"Old\" () {1}\nS: p2 NO [OVERQUOTA] full", func(s *Source) error {
			_, err := s.Append(context.Background(), "Old", 0, time.Time{}, []byte("x"))
			return err
		}, account.Denied, "full"},
		{"the server goes", "C: p2 SELECT \"Old\"\nS: * BYE down for an hour\nX", gone, account.Lost, "down for an hour"},
		{"the server goes without a word", "C: p2 SELECT \"Old\"\nS= \"* 3 EX\"\nX", gone, account.Lost, "open the mailbox Old"},
	} {
		t.Run(test.what, func(t *testing.T) {
			err := test.do(session(t, "", test.dialogue))
			if got := account.KindOf(err); got != test.kind || !strings.Contains(err.Error(), test.says) || !strings.Contains(err.Error(), "127.0.0.1:") {
				t.Errorf("the error is %v, of kind %v", err, got)
			}
		})
	}
}

// The text of a message goes where it is wanted, and nothing is asked for twice.
func TestFetchAsTold(t *testing.T) {
	s := session(t, "", "C: p2 SELECT INBOX"+selected+`
		S: p2 OK done
		C: p3 UID FETCH 5 (UID BODY.PEEK[])
		S= "* 2 FETCH (UID 5 BODY[] {5}\r\na\r\nb\n)\r\n"
		S: p3 OK done
		C$`)
	var b strings.Builder
	if err := s.Fetch(t.Context(), mail.Place{Mailbox: "INBOX", Validity: 7, UID: "5"}, "", &b); err != nil || b.String() != "a\r\nb\n" {
		t.Errorf("fetched is %q, %v", b.String(), err)
	}
}

// What a mailbox is for, the user knows better than the server, and the server
// better than the name.
func TestRoles(t *testing.T) {
	s := session(t, "SPECIAL-USE", `
		C: p2 LIST "" "*"
		S: * LIST () "/" INBOX
		S: * LIST (\Sent) "/" Out
		S: * LIST () "/" Sent
		S: * LIST (\Archive) "/" Old
		S: * LIST () "/" Keep
		S: * LIST () "/" Papierkorb
		S: p2 OK done
		C$`)
	s.o.Roles = map[mail.Role]string{mail.Archive: "Keep", mail.JunkMail: "Nowhere"}
	list, err := s.Mailboxes(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, m := range list {
		got = append(got, m.Name+"="+m.Role.String())
	}
	if want := "INBOX=inbox Out=sent Sent= Old= Keep=archive Papierkorb=trash"; strings.Join(got, " ") != want {
		t.Errorf("the roles are %v, not %s", got, want)
	}
}

// Of several limits the nearest counts; a server without any tells none.
func TestQuota(t *testing.T) {
	for _, test := range []struct {
		what, answer string
		want         mail.Quota
	}{
		{"storage", `S: * QUOTA "" (STORAGE 10 512)`, mail.Quota{Used: 10 << 10, Limit: 512 << 10}},
		{"the nearest", `S: * QUOTA user (MESSAGE 90 100 storage 10 512)` + "\n" + `S: * QUOTA x (STORAGE 1 2)`, mail.Quota{Used: 90, Limit: 100}},
		{"none", "", mail.Quota{}},
		{"nonsense", `S: * QUOTA "" (STORAGE -3 x) y (` + "\nS: * QUOTA", mail.Quota{}},
	} {
		t.Run(test.what, func(t *testing.T) {
			s := session(t, "QUOTA", "C: p2 GETQUOTAROOT INBOX\nS: * QUOTAROOT INBOX \"\" x\n"+test.answer+"\nS: p2 OK done\nC$")
			if q, err := s.Quota(t.Context()); err != nil || q != test.want {
				t.Errorf("the quota is %+v, %v, not %+v", q, err, test.want)
			}
		})
	}
	if q, err := session(t, "", "C$").Quota(t.Context()); err != nil || q != (mail.Quota{}) {
		t.Errorf("without QUOTA: %+v, %v", q, err)
	}
	if q, err := session(t, "QUOTA", "C: p2 GETQUOTAROOT INBOX\nS: p2 NO none\nC$").Quota(t.Context()); err != nil || q != (mail.Quota{}) {
		t.Errorf("refused: %+v, %v", q, err)
	}
}

// With NOTIFY one connection hears of all mailboxes.
func TestNotify(t *testing.T) {
	s := session(t, "NOTIFY IDLE", "C: p2 SELECT INBOX"+selected+`
		S: p2 OK done
		C: p3 NOTIFY SET (selected-delayed (MessageNew MessageExpunge FlagChange)) (personal (MessageNew MessageExpunge FlagChange MailboxName))
		S: * STATUS "Lists" (MESSAGES 3 UIDNEXT 4)
		S: p3 OK done
		C: p4 IDLE
		S: + idling
		S: * STATUS "Entw&APw-rfe" (UIDNEXT 9)
		S: * LIST () "/" "New" ("OLDNAME" ("Old"))
		S: * 4 EXISTS
		C: DONE
		S: p4 OK done`)
	ctx, cancel := context.WithCancel(t.Context())
	var heard []string
	err := s.Watch(ctx, "INBOX", "1 7 1 13 0 3", func(mailbox string) {
		if heard = append(heard, mailbox); mailbox == "INBOX" {
			cancel()
		}
	})
	if !errors.Is(err, context.Canceled) || strings.Join(heard, " ") != "Lists Entwürfe  INBOX" {
		t.Errorf("heard is %q, %v", heard, err)
	}
}

// What happened in a mailbox while nobody watched is told when a watch begins, once.
func TestMissed(t *testing.T) {
	for _, tt := range []struct {
		what, caps, since, says string
		told                    int
	}{
		{"nothing", "", "1 7 1 13 0 3", "", 0},
		{"nothing, with CONDSTORE", "CONDSTORE", "1 7 1 13 9 3", "S: * OK [HIGHESTMODSEQ 9] x\n", 0},
		{"a message came", "", "1 7 1 12 0 3", "", 1},
		{"a message went", "", "1 7 1 13 0 4", "", 1},
		{"a flag", "CONDSTORE", "1 7 1 13 8 3", "S: * OK [HIGHESTMODSEQ 9] x\n", 1},
		{"another mailbox", "", "1 6 1 13 0 3", "", 1},
		{"it was never read to its end", "", "1 7 5 13 0 1", "", 1},
		{"holes", "", "2 7 1 13 0 3 0 0 0 0 4:5 -", "", 1},
		{"it was never read", "", "", "", 1},
	} {
		t.Run(tt.what, func(t *testing.T) {
			options := ""
			if tt.caps != "" {
				options = " (CONDSTORE)"
			}
			sel := func(tag string) string {
				return "C: " + tag + " SELECT INBOX" + options + selected + tt.says + "S: " + tag + " OK done\n"
			}
			s := session(t, tt.caps, sel("p2")+sel("p3")+"C$")
			told := 0
			for range 2 {
				sel, err := s.reopen(t.Context(), "INBOX", client.SelectOptions{})
				if err != nil {
					t.Fatal(err)
				}
				if s.missed("INBOX", sel, mail.Cursor(tt.since)) {
					told++
				}
			}
			if told != tt.told {
				t.Errorf("it is told %d times, not %d", told, tt.told)
			}
		})
	}
}

// By what STATUS says a mailbox is known to be as it was, or that is not sure.
func TestCompare(t *testing.T) {
	const is = "MESSAGES 3 UNSEEN 0 UIDNEXT 13 UIDVALIDITY 7"
	for _, tt := range []struct {
		what, caps, since, status string
		changed, sure             bool
	}{
		{"nothing", "CONDSTORE", "1 7 1 13 9 3", is + " HIGHESTMODSEQ 9", false, true},
		{"flags cannot be told", "", "1 7 1 13 0 3", is, false, false},
		{"the mailbox has none", "CONDSTORE", "1 7 1 13 0 3", is + " HIGHESTMODSEQ 0", false, false},
		{"a flag", "CONDSTORE", "1 7 1 13 8 3", is + " HIGHESTMODSEQ 9", true, true},
		{"one came and one went", "", "1 7 1 12 0 3", is, true, true},
		{"one went", "CONDSTORE", "1 7 1 13 9 4", is + " HIGHESTMODSEQ 9", true, true},
		{"made anew", "", "1 6 1 13 0 3", is, true, true},
		{"the server says little", "", "1 7 1 13 0 3", "MESSAGES 3 UNSEEN 0", false, false},
	} {
		t.Run(tt.what, func(t *testing.T) {
			items := "(MESSAGES UNSEEN UIDNEXT UIDVALIDITY)"
			if tt.caps != "" {
				items = "(MESSAGES UNSEEN UIDNEXT UIDVALIDITY HIGHESTMODSEQ)"
			}
			s := session(t, tt.caps, "C: p2 STATUS \"a\" "+items+"\nC: p3 STATUS \"b\" "+items+
				"\nS: * STATUS a ("+tt.status+")\nS: p2 OK done\nS: p3 NO gone\nC$")
			said := map[string]error{}
			if err := s.Count(t.Context(), []string{"a", "b"}, func(name string, _ mail.Counts, err error) { said[name] = err }); err != nil {
				t.Fatal(err)
			}
			if said["a"] != nil || account.KindOf(said["b"]) != account.Denied {
				t.Errorf("said is %v", said)
			}
			if changed, sure := s.Compare("a", mail.Cursor(tt.since)); changed != tt.changed || sure != tt.sure {
				t.Errorf("changed: %v, sure: %v", changed, sure)
			}
			if _, sure := s.Compare("b", mail.Cursor(tt.since)); sure {
				t.Error("of a mailbox of which nothing was said it is sure")
			}
		})
	}
}

// What a mailbox does not allow is said before it is tried: servers answer OK and
// do nothing.
func TestWithoutRights(t *testing.T) {
	at := []mail.Place{{Mailbox: "INBOX", Validity: 7, UID: "5"}}
	flag := func(s *Source) error { return s.SetFlags(context.Background(), at, mail.Flagged, 0) }
	move := func(s *Source) error { _, err := s.Move(context.Background(), at, "Old"); return err }
	expunge := func(s *Source) error { return s.Expunge(context.Background(), at) }
	for _, tt := range []struct {
		what, says, wont string // the end of the answer to SELECT, and what is not possible then
		do               func(*Source) error
	}{
		{"no star", "S: * OK [PERMANENTFLAGS (\\Seen \\Deleted)] x\nS: p2 OK [READ-WRITE] done", `keeps no flag "starred"`, flag},
		{"no flags", "S: * OK [PERMANENTFLAGS ()] x\nS: p2 OK done", `keeps no flag "starred"`, flag},
		{"read-only", "S: p2 OK [READ-ONLY] done", `keeps no flag "starred"`, flag},
		{"read-only, moved from", "S: p2 OK [READ-ONLY] done", "cannot be deleted", move},
		{"no deletion, moved from", "S: * OK [PERMANENTFLAGS (\\Seen \\Flagged)] x\nS: p2 OK done", "cannot be deleted", move},
		{"no deletion", "S: * OK [PERMANENTFLAGS (\\Seen \\Flagged)] x\nS: p2 OK done", "cannot be deleted", expunge},
	} {
		t.Run(tt.what, func(t *testing.T) {
			err := tt.do(session(t, "MOVE UIDPLUS", "C: p2 SELECT INBOX"+selected+tt.says))
			if account.KindOf(err) != account.Denied || !strings.Contains(err.Error(), tt.wont) {
				t.Errorf("it ends with %v", err)
			}
		})
	}
}
