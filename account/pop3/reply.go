package pop3

import (
	"bufio"
	"errors"
	"io"
	"iter"
	"strings"

	"posthorn/account"
)

// send sends a line.
func (d *Drop) send(op, line string) error {
	if strings.ContainsAny(line, "\r\n\x00") {
		return &account.Error{Op: op, Server: d.server.Addr(), Err: errors.New("a line end cannot be sent in a command")}
	}
	if _, err := io.WriteString(d.w, line+"\r\n"); err != nil {
		return d.fail(op, err)
	}
	return nil
}

// command sends a command and reads its answer.
func (d *Drop) command(op, line string) (string, error) {
	verb, _, _ := strings.Cut(line, " ")
	d.log.Debug("command", "verb", verb)
	if err := d.send(op, line); err != nil {
		return "", err
	}
	return d.answer(op)
}

// line reads a line without its end.
func (d *Drop) line(op string) (string, error) {
	b, err := d.r.ReadSlice('\n')
	if errors.Is(err, bufio.ErrBufferFull) {
		return "", d.garbled(op, "the server's answer has a line of more than %d octets", maxLine)
	}
	if err != nil {
		return "", d.fail(op, err)
	}
	return strings.TrimSuffix(string(b[:len(b)-1]), "\r"), nil
}

// maxBlank bounds how many blank lines may stand before an answer.
const maxBlank = 10

// answer reads the answer to a command: what follows +OK, or an error with what
// follows -ERR. Some servers send a blank line before it.
func (d *Drop) answer(op string) (string, error) {
	line, err := d.line(op)
	for n := 0; n < maxBlank && err == nil && strings.TrimSpace(line) == ""; n++ {
		line, err = d.line(op)
	}
	if err != nil {
		return "", err
	}
	status, text, _ := strings.Cut(line, " ")
	switch {
	case strings.EqualFold(status, "+OK"):
		return text, nil
	case strings.EqualFold(status, "-ERR"):
		return "", d.refusal(op, text)
	}
	return "", d.garbled(op, "the server answered %.80q, which is not POP3", line)
}

// A command that was answered by +OK may be followed by lines up to a dot.

// lines reads those of a list, at most n, with dot-stuffing undone.
func (d *Drop) lines(op string, n int) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		for i := 0; ; i++ {
			line, err := d.line(op)
			if err == nil && i > n {
				err = d.garbled(op, "the server's answer has more than %d lines", n)
			}
			if err != nil {
				yield("", err)
				return
			}
			if line == "." {
				return
			}
			if !yield(strings.TrimPrefix(line, "."), nil) {
				d.fail(op, errors.New("the rest of an answer was not read"))
				return
			}
		}
	}
}

// body writes a message to w: without the dot that ends it, with dot-stuffing
// undone, and with LF for CRLF. It reads to the end even when w fails, so that the
// session can go on. It returns how much came in.
func (d *Drop) body(op string, w io.Writer, limit int64) (came extent, err error) {
	if d.out == nil {
		d.out = bufio.NewWriterSize(nil, 32<<10)
	}
	d.out.Reset(w)
	u := unstuffer{w: d.out, start: true}
	for !u.done {
		b, err := d.r.ReadSlice('\n')
		if err != nil && !errors.Is(err, bufio.ErrBufferFull) {
			return u.came, d.fail(op, err)
		}
		if u.came.octets > limit {
			return u.came, d.garbled(op, "the message has more than %d octets", limit)
		}
		u.piece(b)
	}
	return u.came, u.w.Flush()
}

// An unstuffer takes the lines of a message, the long ones in pieces. Its writer
// keeps the first error.
type unstuffer struct {
	w     *bufio.Writer
	came  extent
	start bool // the next piece begins a line
	cr    bool // a CR at the end of the last piece is still to be written
	done  bool
}

func (u *unstuffer) piece(b []byte) {
	ends := b[len(b)-1] == '\n'
	if u.start && b[0] == '.' {
		if b = b[1:]; string(b) == "\r\n" || string(b) == "\n" {
			u.done = true
			return
		}
	}
	if u.cr && b[0] != '\n' {
		u.write("\r")
	}
	u.cr, u.start = false, ends
	n := len(b)
	switch {
	case ends && n > 1 && b[n-2] == '\r':
		u.write(string(b[:n-2]))
		u.write("\n")
	case !ends && b[n-1] == '\r':
		u.write(string(b[:n-1]))
		u.cr = true
	default:
		u.write(string(b))
	}
	if ends {
		u.came.lines++
	}
}

func (u *unstuffer) write(s string) {
	u.came.octets += int64(len(s))
	u.w.WriteString(s)
}
