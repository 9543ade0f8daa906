package client

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"runtime"
	"strings"
	"testing"

	"posthorn/mail"
)

// flood returns a client of a server that greets, waits for one command and then
// says what r has, without end if r has none.
func flood(t *testing.T, r io.Reader) *Client {
	t.Helper()
	return piped(t, func(conn net.Conn) {
		io.WriteString(conn, "* OK ready\r\n")
		conn.Read(make([]byte, 1024))
		io.Copy(conn, r)
	})
}

// endless repeats a text for ever.
type endless struct {
	text string
	at   int
}

func (e *endless) Read(b []byte) (int, error) {
	for i := range b {
		b[i] = e.text[e.at%len(e.text)]
		e.at++
	}
	return len(b), nil
}

// What a server may make large has a bound: it costs the connection where there
// is no end to it, and never the memory.
func TestBounds(t *testing.T) {
	for _, test := range []struct {
		what string
		says io.Reader
		want string
	}{
		{"a literal of 10 GB", strings.NewReader("* 1 FETCH (BODY[] {10737418240}\r\n"), "10737418240 octets at once"},
		{"a literal beyond any number", strings.NewReader("* 1 FETCH (ENVELOPE ({99999999999999999999}\r\n"), "octets at once"},
		{"a literal that does not come", strings.NewReader("* 1 FETCH (ENVELOPE ({16777216}\r\nabc"), "EOF"},
		{"literals without end", &endless{text: "* X (a {9}\r\n123456789"}, "octets at once"},
		{"a line without end", io.MultiReader(strings.NewReader("* "), &endless{text: "x"}), "without end"},
		{"responses without end", &hasEnd{endless{text: "* 1 FETCH (FLAGS (\\Seen))\r\n* SEARCH 1 2 3\r\n* LIST () \"/\" a\r\n* OK x\r\n* CAPABILITY a b c\r\n"}, 8 << 20}, "EOF"},
		{"a greeting twice", strings.NewReader("* OK a\r\n* PREAUTH b\r\n* BYE c\r\n"), "the server ended the connection: c"},
	} {
		t.Run(test.what, func(t *testing.T) {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			c := flood(t, test.says)
			_, err := c.Search(soon(t))
			if !strings.Contains(fmt.Sprint(err), test.want) {
				t.Errorf("the error is %v, without %q", err, test.want)
			}
			<-c.Done()
			runtime.ReadMemStats(&after)
			if grown := int64(after.HeapSys) - int64(before.HeapSys); grown > 300<<20 {
				t.Errorf("memory grew by %d MB", grown>>20)
			}
		})
	}
}

// hasEnd ends what has none.
type hasEnd struct {
	endless
	left int
}

func (h *hasEnd) Read(b []byte) (int, error) {
	if h.left <= 0 {
		return 0, io.EOF
	}
	h.left -= len(b)
	return h.endless.Read(b)
}

// However deep a list is, or however much is missing, it is read to its end and
// the next item with it.
func TestDepth(t *testing.T) {
	deep := strings.Repeat("(", 100_000)
	leaf := `("text" "plain" NIL NIL NIL "7bit" 1 1)`
	nested := leaf
	for range 500 {
		nested = `("message" "rfc822" NIL NIL NIL "7bit" 1 (NIL NIL NIL NIL NIL NIL NIL NIL NIL NIL) ` + nested + ` 1)`
	}
	wide := strings.Repeat(leaf, 50_000)
	for _, test := range []struct{ what, item string }{
		{"parentheses that open", "BODYSTRUCTURE " + deep},
		{"parentheses that open and close", "BODYSTRUCTURE " + deep + strings.Repeat(")", 100_000)},
		{"messages in messages", "BODYSTRUCTURE " + nested},
		{"many parts", "BODYSTRUCTURE (" + wide + ` "mixed")`},
		{"an envelope", "ENVELOPE " + deep + strings.Repeat(")", 100_000)},
		{"an unknown item", "X " + deep + strings.Repeat(")", 100_000)},
		{"items", deep + strings.Repeat(")", 100_000)},
		{"flags", "FLAGS " + deep},
		{"a section", "BODY" + strings.Repeat("[", 100_000)},
		{"a quoted string", `ENVELOPE ("` + strings.Repeat(`\`, 100_001)},
	} {
		t.Run(test.what, func(t *testing.T) {
			list := fetched(t, "S: * 3 FETCH ("+test.item+" UID 7)\nS: * 4 FETCH (UID 8)")
			if len(list) != 2 || list[1].UID != 8 {
				t.Fatalf("%d messages were read", len(list))
			}
			if closed := strings.Count(test.item, "(") == strings.Count(test.item, ")"); closed && !strings.Contains(test.item, `"`) && test.what != "a section" && list[0].UID != 7 {
				t.Error("what follows was not read")
			}
			parts := 0
			list[0].Structure.Walk(func(*mail.Part) bool { parts++; return true })
			if many := test.what == "many parts"; parts > maxParts || many && (parts != maxParts || list[0].Structure.Type != "multipart/mixed" || list[0].UID != 7) {
				t.Errorf("%d parts were read", parts)
			}
		})
	}
}

// FuzzResponses has a server say anything at all, with commands of every kind
// under way: the client must neither panic nor hang nor take more memory than
// what came is worth.
func FuzzResponses(f *testing.F) {
	for _, seed := range []string{
		"* 1 FETCH (UID 1 FLAGS (\\Seen) ENVELOPE (\"d\" \"s\" ((\"a\" NIL \"b\" \"c\")) NIL NIL NIL NIL NIL NIL \"<x>\"))\r\np1 OK\r\n",
		"* 1 FETCH (BODYSTRUCTURE ((\"text\" \"plain\" (\"a\" \"b\") NIL NIL \"7bit\" 1 1)(\"message\" \"rfc822\" NIL NIL NIL \"7bit\" 1 (NIL) (\"a\" \"b\") 1) \"mixed\" (\"name*0*\" \"x\")) BODY[1]<0> {3}\r\nabc)\r\n",
		"* ESEARCH (TAG \"p2\") UID ALL 1:5,7 COUNT 5\r\n* SEARCH 1 2\r\n* VANISHED (EARLIER) 1:4294967295\r\n",
		"* LIST (\\Noselect) \"/\" \"&AOQ-\"\r\n* STATUS x (MESSAGES 1 UNSEEN 2)\r\n+ go\r\np1 NO [COPYUID 1 2 3] x\r\n",
		"* OK [UIDVALIDITY 1] x\r\n* 4 EXISTS\r\n* BYE [ALERT] y\r\n* CAPABILITY A B=C\r\n* ID (\"a\" NIL)\r\n* ENABLED X\r\n",
		"* 1 FETCH (UID 7 BODY[] {20}\r\nabc",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, says []byte) {
		ours, theirs := net.Pipe()
		c := New(ours)
		c.Notify(func(r *Response) { r.Text() })
		ctx := soon(t)
		go io.Copy(io.Discard, theirs)
		started := make(chan struct{})
		go func() {
			defer theirs.Close()
			io.WriteString(theirs, "* OK [CAPABILITY IMAP4rev1 LITERAL+ ESEARCH QRESYNC LIST-STATUS UIDPLUS] x\r\n")
			<-started
			theirs.Write(says)
		}()
		<-c.greeted
		var all []*Command
		for _, name := range []string{"UID FETCH", "UID SEARCH", "LIST", "SELECT", "STATUS", "ID", "UID MOVE"} {
			cmd, err := c.Start(ctx, name, asking(c, name))
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, cmd)
		}
		done := make(chan struct{})
		go func() {
			defer close(done)
			c.FetchSection(ctx, 7, "", &bytes.Buffer{})
		}()
		close(started)
		for _, cmd := range all {
			cmd.Wait(ctx)
		}
		<-done
		if ctx.Err() != nil {
			t.Error("it hangs")
		}
		c.Close()
	})
}

// asking returns what reads the answers to a command.
func asking(c *Client, name string) func(*Response) bool {
	switch name {
	case "LIST":
		return func(r *Response) bool { return r.Name == "LIST" && c.parseList(r).Name != "" }
	case "STATUS":
		return func(r *Response) bool {
			if r.Name == "STATUS" {
				c.parseStatus(r)
			}
			return r.Name == "STATUS"
		}
	case "UID SEARCH":
		return func(r *Response) bool {
			if r.Name == "ESEARCH" {
				parseESearch(r)
			}
			return r.Name == "ESEARCH"
		}
	case "SELECT":
		return (&Selected{}).take
	case "ID":
		return (&IDCommand{}).take
	case "UID MOVE":
		return func(r *Response) bool { return r.Name == "OK" && (&Copied{}).take(r.Reply) }
	}
	return func(r *Response) bool { return r.Name == "FETCH" && r.Message.UID == 1 }
}
