package message

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"posthorn/mail"
)

// ErrPieces says that messages are not pieces of one.
var ErrPieces = errors.New("these are not the pieces of one message")

// maxPieces bounds the pieces of a message.
const maxPieces = 10000

// pieceNumber returns which piece of how many a message/partial is; total is 0 where
// it does not say.
func pieceNumber(p *mail.Part) (number, total int, ok bool) {
	number, err := strconv.Atoi(p.Params["number"])
	total, _ = strconv.Atoi(p.Params["total"])
	return number, total, err == nil && number > 0 && number <= maxPieces && total >= 0 && total <= maxPieces
}

// Join puts a message together that was sent in pieces (RFC 2046, section 5.2.2),
// given in any order. It returns the numbers of those that are missing, and no
// message then.
func Join(pieces []*Message) (whole []byte, missing []int, err error) {
	bodies, total, id := map[int][]byte{}, 0, ""
	var first *Message
	for _, m := range pieces {
		p := m.Root
		if p.Opened != "message/partial" {
			return nil, nil, ErrPieces
		}
		number, of, ok := pieceNumber(p)
		if !ok || id != "" && id != p.Params["id"] || total != 0 && of != 0 && of != total {
			return nil, nil, ErrPieces
		}
		id, total = p.Params["id"], max(total, of)
		if bodies[number] = m.Body(p.Path); number == 1 {
			first = m
		}
	}
	if total == 0 {
		return nil, nil, fmt.Errorf("%w: none says how many there are", ErrPieces)
	}
	for n := 1; n <= total; n++ {
		if bodies[n] == nil {
			missing = append(missing, n)
		}
	}
	if len(missing) > 0 {
		return nil, missing, nil
	}
	return joined(first, bodies, total), nil, nil
}

// joined writes the header of the whole: that of the first piece, but for what
// describes the content, which the header within it has.
func joined(first *Message, bodies map[int][]byte, total int) []byte {
	inner, rest, _ := parseHeader(bodies[1])
	var b bytes.Buffer
	for _, f := range first.Header {
		if !describes(f.Name) {
			b.WriteString(f.Name + ": " + f.Raw + "\r\n")
		}
	}
	for _, f := range inner {
		if describes(f.Name) {
			b.WriteString(f.Name + ": " + f.Raw + "\r\n")
		}
	}
	b.WriteString("\r\n")
	b.Write(rest)
	for n := 2; n <= total; n++ {
		b.Write(bodies[n])
	}
	return b.Bytes()
}

// describes reports whether a field is taken of the message within the first piece.
func describes(name string) bool {
	name = strings.ToLower(name)
	return strings.HasPrefix(name, "content-") || slices.Contains([]string{"subject", "message-id", "encrypted", "mime-version"}, name)
}
