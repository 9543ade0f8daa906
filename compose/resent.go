package compose

import (
	"bytes"
	"mime"
	"strings"
	"time"

	gomail "github.com/emersion/go-message/mail"
	"github.com/emersion/go-message/textproto"

	"posthorn/mail"
)

// resent puts a block of Resent fields before the redirected message (RFC 5322,
// section 3.6.6) and leaves every other byte as it was, but for line ends and
// for Bcc.
func (d Draft) resent(now time.Time) ([]byte, error) {
	var h gomail.Header
	h.Set("Resent-Message-Id", "<"+messageID(d.From)+">")
	h.Set("Resent-Date", now.Format(time.RFC1123Z))
	setAddresses(&h, "Resent-From", []mail.Address{d.From})
	setAddresses(&h, "Resent-To", d.To)
	setAddresses(&h, "Resent-Cc", d.Cc)
	var b bytes.Buffer
	if err := textproto.WriteHeader(&b, h.Header.Header); err != nil {
		return nil, err
	}
	block := bytes.TrimSuffix(b.Bytes(), []byte("\r\n"))
	return append(block, crlf(dropFromLine(string(d.Redirected)))...), nil
}

// dropFromLine drops the line that an mbox puts before a message.
func dropFromLine(s string) string {
	if strings.HasPrefix(s, "From ") {
		if _, rest, ok := strings.Cut(s, "\n"); ok {
			return rest
		}
	}
	return s
}

func bareType(s string) string {
	t, _, err := mime.ParseMediaType(s)
	if err != nil {
		return "application/octet-stream"
	}
	return t
}

// typeParams returns the parameters of an attachment's Content-Type: those it
// has, and its name for readers that look nowhere else.
func typeParams(s, name string) map[string]string {
	_, params, err := mime.ParseMediaType(s)
	if err != nil || params == nil {
		params = map[string]string{}
	}
	delete(params, "boundary")
	params["name"] = oneLine(name)
	return params
}
