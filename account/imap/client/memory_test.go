package client

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"reflect"
	"testing"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapserver"
	"github.com/emersion/go-imap/v2/imapserver/imapmemserver"

	"posthorn/mail"
)

// memory returns a client of go-imap's server in memory.
func memory(t *testing.T, caps ...imap.Cap) *Client {
	t.Helper()
	users := imapmemserver.New()
	ann := imapmemserver.NewUser("ann", "secret")
	if err := ann.Create("INBOX", nil); err != nil {
		t.Fatal(err)
	}
	users.AddUser(ann)
	set := imap.CapSet{}
	for _, c := range caps {
		set[c] = struct{}{}
	}
	s := imapserver.New(&imapserver.Options{Caps: set, InsecureAuth: true,
		NewSession: func(*imapserver.Conn) (imapserver.Session, *imapserver.GreetingData, error) {
			return users.NewSession(), nil, nil
		}})
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go s.Serve(l)
	conn, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	c := New(conn)
	t.Cleanup(func() {
		c.Close()
		s.Close()
	})
	if _, err := c.Greeting(soon(t)); err != nil {
		t.Fatal(err)
	}
	if err := c.Login(soon(t), "ann", "secret"); err != nil {
		t.Fatal(err)
	}
	return c
}

// What is put into a mailbox is found, read, changed, moved and deleted there,
// by IMAP4rev1 and by IMAP4rev2.
func TestMemoryServer(t *testing.T) {
	for _, rev := range []imap.Cap{imap.CapIMAP4rev1, imap.CapIMAP4rev2} {
		t.Run(string(rev), func(t *testing.T) {
			caps := []imap.Cap{imap.CapIMAP4rev1, imap.CapUIDPlus, imap.CapMove}
			if rev != imap.CapIMAP4rev1 {
				caps = append(caps, rev)
			}
			c, ctx := memory(t, caps...), soon(t)
			if err := c.Capability(ctx); err != nil {
				t.Fatal(err)
			}
			must := func(err error) {
				t.Helper()
				if err != nil {
					t.Fatal(err)
				}
			}
			must(c.Create(ctx, "Büro & mehr"))
			list, err := c.List(ctx)
			must(err)
			if len(list) != 2 || list[0].Name == list[1].Name {
				t.Errorf("listed are %+v", list)
			}
			for i := range 5 {
				raw := fmt.Appendf(nil, "From: Ann <ann@example.org>\r\nSubject: =?utf-8?q?n=C3=BAmber?= %d\r\nMessage-ID: <%d@x>\r\n\r\nbody %d\r\n", i+1, i+1, i+1)
				_, uid, err := c.Append(ctx, "INBOX", mail.Flagged, time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), raw)
				must(err)
				if uid != uint32(i+1) {
					t.Errorf("message %d lies at %d", i+1, uid)
				}
			}
			sel, err := c.Select(ctx, "INBOX", SelectOptions{})
			must(err)
			if sel.Exists != 5 || sel.UIDNext != 6 || sel.Validity == 0 {
				t.Errorf("selected is %+v", sel)
			}
			checkFetched(t, c, ctx)
			var b bytes.Buffer
			found, err := c.FetchSection(ctx, 4, "TEXT", &b)
			must(err)
			if !found || b.String() != "body 4\r\n" {
				t.Errorf("the text is %q", b.String())
			}
			must(c.Store(ctx, imap.UIDSetNum(2, 3), true, mail.Seen))
			must(c.Store(ctx, imap.UIDSetNum(2), false, mail.Flagged))
			uids, err := c.Search(ctx, Marked(mail.Seen), Marked(mail.Flagged))
			must(err)
			if !reflect.DeepEqual(uids, []uint32{3}) {
				t.Errorf("found are %v", uids)
			}
			moved, err := c.Move(ctx, imap.UIDSetNum(1, 2), "Büro & mehr")
			must(err)
			if !reflect.DeepEqual(moved.From, []uint32{1, 2}) || len(moved.To) != 2 {
				t.Errorf("moved is %+v", moved)
			}
			st, err := status(t, c, "Büro & mehr")
			must(err)
			if st != (Status{Messages: 2, Unseen: 1, UIDNext: st.UIDNext, Validity: st.Validity}) {
				t.Errorf("the status is %+v", st)
			}
			must(c.Store(ctx, imap.UIDSetNum(3, 4), true, mail.Deleted))
			must(c.ExpungeUIDs(ctx, imap.UIDSetNum(3)))
			uids, err = c.Search(ctx)
			must(err)
			if !reflect.DeepEqual(uids, []uint32{4, 5}) {
				t.Errorf("left are %v", uids)
			}
			must(c.Logout(ctx))
		})
	}
}

func checkFetched(t *testing.T, c *Client, ctx context.Context) {
	t.Helper()
	var got []string
	cmd, err := c.Fetch(ctx, imap.SeqSet{{Start: 1, Stop: 0}}, "(UID FLAGS INTERNALDATE RFC822.SIZE ENVELOPE BODYSTRUCTURE)", func(m *Message) bool {
		got = append(got, fmt.Sprint(m.UID, " ", m.Flags, " ", m.Received.UTC().Format(time.DateTime), " ", m.Envelope.Subject, " ", m.Envelope.From, " ", m.Envelope.MessageID, " ", m.Structure.Type))
		return true
	})
	if err == nil {
		err = cmd.Wait(ctx)
	}
	if err != nil {
		t.Fatal(err)
	}
	want := fmt.Sprint(4, " ", mail.Flagged, " 2026-01-02 03:04:05 númber 4 ", []mail.Address{{Name: "Ann", Address: "ann@example.org"}}, " 4@x text/plain")
	if len(got) != 5 || got[3] != want {
		t.Errorf("fetched is\n\t%q\nnot\n\t%q", got, want)
	}
}
