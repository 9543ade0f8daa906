package smtp

import (
	"errors"
	"io"
	"net"
	"net/textproto"
	"strings"

	gosmtp "github.com/emersion/go-smtp"
)

// errNoStartTLS says that the server does not offer STARTTLS, or that somebody
// took it out of what it says.
var errNoStartTLS = errors.New("the server does not offer STARTTLS")

// maxClear bounds what a server says before the connection is secured.
const maxClear = 64 << 10

// startTLS speaks as much as is needed in clear, up to the agreement to STARTTLS
// (RFC 3207). What came with that is dropped, so nothing that was put in before
// the handshake is believed after it.
func startTLS(conn net.Conn, hello string) error {
	text := textproto.NewConn(struct {
		io.Reader
		io.Writer
		io.Closer
	}{io.LimitReader(conn, maxClear), conn, conn})
	if _, err := reply(text, 220); err != nil {
		return err
	}
	if err := text.PrintfLine("EHLO %s", hello); err != nil {
		return err
	}
	offers, err := reply(text, 250)
	if err != nil {
		return err
	}
	offered := false
	for line := range strings.Lines(offers) {
		offered = offered || strings.EqualFold(strings.TrimSpace(line), "STARTTLS")
	}
	if !offered {
		return errNoStartTLS
	}
	if err := text.PrintfLine("STARTTLS"); err != nil {
		return err
	}
	_, err = reply(text, 220)
	return err
}

// reply reads an answer, which must have a code.
func reply(text *textproto.Conn, code int) (string, error) {
	_, msg, err := text.ReadResponse(code)
	var said *textproto.Error
	if errors.As(err, &said) {
		err = &gosmtp.SMTPError{Code: said.Code, EnhancedCode: gosmtp.EnhancedCodeNotSet, Message: said.Msg}
	}
	return msg, err
}

// greeted is a connection on which the greeting was read already: it says one
// more.
type greeted struct {
	net.Conn
	said bool
}

func (g *greeted) Read(b []byte) (int, error) {
	if !g.said {
		g.said = true
		return copy(b, "220 secured\r\n"), nil
	}
	return g.Conn.Read(b)
}
