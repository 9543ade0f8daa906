package cli

import (
	"fmt"
	"os"

	"posthorn/mail/message"
)

// maxJoined bounds the octets of pieces that are put together.
const maxJoined = 64 << 20

// readPieces calls use with the message that several files are the pieces of
// (message/partial).
func (e *env) readPieces(names []string, use func(*message.Message) error) error {
	var pieces []*message.Message
	size := 0
	for _, name := range names {
		if info, err := os.Stat(name); err == nil && int64(size)+info.Size() > maxJoined {
			return fmt.Errorf("the pieces are larger than %d MB", maxJoined>>20)
		}
		b, err := e.readFile(name)
		if err != nil {
			return err
		}
		size += len(b)
		pieces = append(pieces, message.Parse(b))
	}
	raw, missing, err := message.Join(pieces)
	if err != nil {
		return err
	}
	switch n := len(missing) - 1; {
	case n == 0:
		return fmt.Errorf("piece %d of the message is missing", missing[0])
	case n > 0:
		return fmt.Errorf("piece %d of the message is missing, and %d more", missing[0], n)
	}
	return use(message.Parse(raw))
}
