package client

import (
	"bytes"
	"context"
	"strconv"
	"strings"
	"time"

	"posthorn/mail"
)

// Append stores a message. It returns where it lies, as far as the server says
// so (APPENDUID, RFC 9051, section 7.1).
func (c *Client) Append(ctx context.Context, mailbox string, flags mail.Flags, date time.Time, raw []byte) (validity, uid uint32, err error) {
	args := []any{c.Name(mailbox), flagList(flags)}
	if !date.IsZero() {
		args = append(args, `"`+date.Format("_2-Jan-2006 15:04:05 -0700")+`"`)
	}
	if c.UTF8() && eightBitHeader(raw) { // RFC 6855, section 4
		args = append(args, "UTF8", "(", literal8(raw), ")")
	} else {
		args = append(args, Literal(raw))
	}
	cmd, err := c.Start(ctx, "APPEND", nil, args...)
	if err != nil {
		return 0, 0, err
	}
	if err := cmd.Wait(ctx); err != nil {
		return 0, 0, err
	}
	arg, ok := cmd.reply.arg("APPENDUID")
	words := strings.Fields(arg)
	if !ok || len(words) != 2 {
		return 0, 0, nil
	}
	v, err1 := strconv.ParseUint(words[0], 10, 32)
	u, err2 := strconv.ParseUint(words[1], 10, 32)
	if err1 != nil || err2 != nil {
		return 0, 0, nil
	}
	return uint32(v), uint32(u), nil
}

// eightBitHeader reports whether a message's header is in UTF-8.
func eightBitHeader(raw []byte) bool {
	if i := bytes.Index(raw, []byte("\r\n\r\n")); i >= 0 {
		raw = raw[:i]
	}
	return bytes.ContainsFunc(raw, func(r rune) bool { return r >= 0x80 })
}
