package e2e

import (
	"fmt"
	"io"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"
	"github.com/charmbracelet/x/vt"
	"github.com/creack/pty"
)

// terminal is a terminal with the program in it, as a person sees it.
type terminal struct {
	t       *testing.T
	pty     io.ReadWriteCloser
	cmd     *exec.Cmd
	screen  *vt.SafeEmulator
	painted chan struct{} // something was drawn
	ended   chan struct{}
	resize  func(w, h int) error
}

// open runs the program in a terminal of a size.
func (u *user) open(w, h int, env []string, args ...string) *terminal {
	u.t.Helper()
	cmd := u.command(args...)
	cmd.Stdin = nil
	cmd.Env = append(append(cmd.Env, "TERM=xterm-256color", "COLORTERM=truecolor", "EDITOR=true"), env...)
	f, err := pty.StartWithSize(cmd, &pty.Winsize{Rows: uint16(h), Cols: uint16(w)})
	if err != nil {
		u.t.Fatal(err)
	}
	x := &terminal{t: u.t, pty: f, cmd: cmd, screen: vt.NewSafeEmulator(w, h), painted: make(chan struct{}, 1), ended: make(chan struct{})}
	io.WriteString(x.screen, ansi.SetModeUnicodeCore) // it measures clusters, and is to say so
	x.resize = func(w, h int) error {
		x.screen.Resize(w, h)
		return pty.Setsize(f, &pty.Winsize{Rows: uint16(h), Cols: uint16(w)})
	}
	answers := make(chan struct{})
	go func() { // what the terminal answers to the program's questions
		defer close(answers)
		io.Copy(f, x.screen)
	}()
	go func() {
		defer close(x.ended)
		b := make([]byte, 32<<10)
		for {
			n, err := f.Read(b)
			x.screen.Write(b[:n])
			select {
			case x.painted <- struct{}{}:
			default:
			}
			if err != nil {
				return
			}
		}
	}()
	u.t.Cleanup(func() {
		cmd.Process.Kill()
		<-x.ended
		f.Close()
		x.screen.InputPipe().(io.Closer).Close() // its Close is not safe beside its Read
		<-answers
		cmd.Wait()
	})
	return x
}

func (x *terminal) lines() []string {
	lines := strings.Split(ansi.Strip(x.screen.Render()), "\n")
	for i := range lines {
		lines[i] = strings.TrimRight(lines[i], " \r")
	}
	return lines
}

func (x *terminal) String() string { return strings.Join(x.lines(), "\n") }

// shows waits until all texts are on the screen.
func (x *terminal) shows(texts ...string) {
	x.t.Helper()
	x.until(fmt.Sprintf("the screen shows %q", texts), func(s string) bool {
		for _, t := range texts {
			if !strings.Contains(s, t) {
				return false
			}
		}
		return true
	})
}

// hides waits until a text is not on the screen.
func (x *terminal) hides(text string) {
	x.t.Helper()
	x.until(fmt.Sprintf("the screen does not show %q", text), func(s string) bool { return !strings.Contains(s, text) })
}

func (x *terminal) until(what string, ok func(string) bool) {
	x.t.Helper()
	late := time.After(time.Minute)
	for !ok(x.String()) {
		select {
		case <-x.painted:
		case <-x.ended:
			if !ok(x.String()) {
				x.t.Fatalf("the program ended before %s:\n%s", what, x)
			}
		case <-late:
			x.t.Fatalf("it did not come to pass that %s:\n%s", what, x)
		}
	}
}

// types types keys; names in angle brackets are those of special keys.
func (x *terminal) types(keys ...string) {
	x.t.Helper()
	special := map[string]string{"<enter>": "\r", "<tab>": "\t", "<esc>": "\x1b", "<down>": "\x1b[B", "<up>": "\x1b[A", "<ctrl+x>": "\x18", "<ctrl+s>": "\x13", "<ctrl+e>": "\x05", "<ctrl+k>": "\x0b", "<ctrl+c>": "\x03"}
	for _, k := range keys {
		if s, ok := special[k]; ok {
			k = s
		}
		if _, err := io.WriteString(x.pty, k); err != nil {
			x.t.Fatal(err)
		}
	}
}

// quits presses q, says yes, and waits for the end.
func (x *terminal) quits() {
	x.t.Helper()
	x.types("q")
	x.shows("Quit Posthorn?")
	x.types("y")
	select {
	case <-x.ended:
	case <-time.After(time.Minute):
		x.t.Fatalf("the program does not end:\n%s", x)
	}
}

// A person opens the demo, reads, changes accounts, searches, writes, and sees
// the message arrive.
func TestDemo(t *testing.T) {
	for _, size := range [][2]int{{80, 24}, {200, 50}, {60, 18}} {
		t.Run(fmt.Sprintf("%dx%d", size[0], size[1]), func(t *testing.T) {
			x := newUser(t).open(size[0], size[1], nil, "demo")
			x.shows("Inbox", "Welcome to Posthorn", "online")
			x.types("<enter>")
			x.shows("From: Posthorn demo", "Subject: Welcome")
			x.types("q")
			x.types("2")
			x.shows("Ben ·", "Welcome to Posthorn")
			x.types("1")
			x.shows("Ann ·", "Welcome to Posthorn")
			x.types("/")
			x.shows("Search Inbox")
			x.types("is:nonsense", "<enter>")
			x.shows("does not know")
			x.types("\x15", "subject:lighthouse", "<enter>") // ctrl+u empties the line
			x.shows("Search: subject:lighthouse (server)", "lighthouse")
			x.types("q")
			x.shows("Welcome to Posthorn")
			x.types("c")
			x.shows("New message", "Subject:")
			x.types("ben@example.org", "<tab>", "<tab>", "<tab>", "Tea at 日本 ☕", "<tab>", "Shall we?")
			x.shows("Shall we?")
			x.types("<ctrl+x>")
			x.shows("on its way")
			x.types("2")
			x.shows("Ben ·", "Tea at 日本 ☕")
			x.types("gg", "<enter>")
			x.shows("Subject: Tea at 日本", "Shall we?")
			x.types("q", "?")
			x.shows("Keys")
			x.types("<esc>")
			x.hides("Keys · ")
			x.types(":")
			x.shows("Commands")
			x.types("threads", "<enter>")
			x.hides("Commands")
			x.types("0")
			x.shows("all accounts")
			x.quits()
		})
	}
}

// The window's size can change at any time, and colours can be had without.
func TestResize(t *testing.T) {
	x := newUser(t).open(120, 40, []string{"NO_COLOR=1"}, "demo")
	x.shows("Welcome to Posthorn", "Archive")
	for _, size := range [][2]int{{60, 18}, {300, 80}, {80, 24}, {20, 5}, {100, 30}} {
		if err := x.resize(size[0], size[1]); err != nil {
			t.Fatal(err)
		}
		if size[0] >= 60 {
			x.until("the list fills the screen", func(string) bool {
				l := x.lines()
				return len(l) >= size[1] && strings.Contains(strings.Join(l[:size[1]], "\n"), "Welcome to") && strings.Contains(l[size[1]-1], "Ann")
			})
		}
	}
	x.quits()
}

// What was written is there again after the program was killed.
func TestDraftSurvives(t *testing.T) {
	s := servers(t)
	u := newUser(t)
	u.addIMAP(s, "ann")
	u.does("sync")
	x := u.open(100, 30, nil)
	x.shows("Inbox", "online")
	x.types("c")
	x.shows("New message")
	x.types("ben@example.org", "<tab>", "<tab>", "<tab>", "Half a thought", "<tab>", "that must not be lost")
	x.shows("draft saved")
	x.cmd.Process.Kill()
	<-x.ended
	u.does("sync")
	if got := u.subjects("drafts", "list"); got != "Half a thought" {
		t.Errorf("the drafts are %q", got)
	}
}
