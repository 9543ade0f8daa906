package imap

import (
	"fmt"
	"slices"
	"strings"

	"posthorn/account/imap/client"
	"posthorn/mail"
)

// cursor is how far a mailbox has been read: of the UIDs from low up to, but
// without, next, every message and its flags are known as of modseq, but for those
// in the [holes].
type cursor struct {
	validity uint32
	low      uint32 // 1 when nothing older is left
	next     uint32
	modseq   uint64
	count    int // how many messages these were
}

const (
	cursorFormat = "1 %d %d %d %d %d"
	holedFormat  = "2 %d %d %d %d %d" // followed by the holes
	holesFormat  = " %d %d %d %d %s %s"
)

func (c cursor) encode() mail.Cursor {
	return mail.Cursor(fmt.Sprintf(cursorFormat, c.validity, c.low, c.next, c.modseq, c.count))
}

// encodeWith writes a cursor with its holes.
func (c cursor) encodeWith(h holes) mail.Cursor {
	if h.none() {
		return c.encode()
	}
	ranges, ill := []string{"-"}, []string{"-"}
	for _, r := range h.ranges {
		ranges = append(ranges, fmt.Sprintf("%d:%d", r.First, r.Last))
	}
	for _, i := range h.ill {
		ill = append(ill, fmt.Sprintf("%d:%d:%d", i.uid, i.tries, i.tried))
	}
	return mail.Cursor(fmt.Sprintf(holedFormat+holesFormat, c.validity, c.low, c.next, c.modseq, c.count,
		h.barren, h.stage, h.suspect.First, h.suspect.Last, strings.Join(ranges, ","), strings.Join(ill, ",")))
}

// decode reads a cursor. One that it does not know is the beginning.
func decode(s mail.Cursor) cursor {
	c, _ := decodeWith(s)
	return c
}

// decodeWith reads a cursor with its holes.
func decodeWith(s mail.Cursor) (c cursor, h holes) {
	if n, err := fmt.Sscanf(string(s), cursorFormat, &c.validity, &c.low, &c.next, &c.modseq, &c.count); err == nil && n == 5 {
		return c, h
	}
	var ranges, ill string
	if _, err := fmt.Sscanf(string(s), holedFormat+holesFormat, &c.validity, &c.low, &c.next, &c.modseq, &c.count,
		&h.barren, &h.stage, &h.suspect.First, &h.suspect.Last, &ranges, &ill); err != nil {
		return cursor{}, holes{}
	}
	h.stage = min(max(h.stage, 0), len(stages())-1)
	for word := range strings.SplitSeq(ranges, ",") {
		var r client.Range
		if _, err := fmt.Sscanf(word, "%d:%d", &r.First, &r.Last); err == nil {
			h.ranges = append(h.ranges, r)
		}
	}
	for word := range strings.SplitSeq(ill, ",") {
		var i illness
		if _, err := fmt.Sscanf(word, "%d:%d:%d", &i.uid, &i.tries, &i.tried); err == nil {
			h.ill = append(h.ill, i)
		}
	}
	return c, h
}

// Holes are what was not had of the messages that a cursor says are known.
type holes struct {
	ranges  []client.Range // of UIDs, in ascending order; not all of them need be messages
	suspect client.Range   // somewhere in it is a message at which the server failed
	stage   int            // of asking for the only suspect; see stages
	why     string         // the server's reason at an earlier stage, not kept in the cursor
	barren  int            // how often the line broke before anything came
	ill     []illness      // messages that are shown with what is known of them
}

// An illness is a message that the server would not give.
type illness struct {
	uid   uint32
	tries int
	tried int64 // when it was asked for last, Unix seconds
}

func (h *holes) none() bool { return len(h.ranges) == 0 && h.barren == 0 && len(h.ill) == 0 }

// maxHoles bounds the ranges: neighbours are joined then, and some messages are
// asked for twice.
const maxHoles = 64

// add notes that messages from first up to last may be lacking.
func (h *holes) add(first, last uint32) {
	if first > last {
		return
	}
	h.ranges = append(h.ranges, client.Range{First: first, Last: last})
	slices.SortFunc(h.ranges, func(a, b client.Range) int { return int(int64(a.First) - int64(b.First)) })
	h.join(0)
	for gap := uint32(1); len(h.ranges) > maxHoles; gap *= 2 {
		h.join(gap)
	}
}

// join makes one of ranges between which no more than gap UIDs lie.
func (h *holes) join(gap uint32) {
	joined := h.ranges[:1]
	for _, r := range h.ranges[1:] {
		if last := &joined[len(joined)-1]; uint64(r.First) <= uint64(last.Last)+uint64(gap)+1 {
			last.Last = max(last.Last, r.Last)
			continue
		}
		joined = append(joined, r)
	}
	h.ranges = joined
}

// addAll notes that messages may be lacking.
func (h *holes) addAll(uids []uint32) {
	for _, u := range uids {
		h.add(u, u)
	}
}

// has reports whether a UID is in one of the ranges.
func (h *holes) has(uid uint32) bool {
	return slices.ContainsFunc(h.ranges, func(r client.Range) bool { return uid >= r.First && uid <= r.Last })
}
