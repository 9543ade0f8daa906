package sync

import (
	"bytes"
	"cmp"
	"context"
	"slices"
	"strconv"
	"time"

	"posthorn/account"
	"posthorn/cache"
	"posthorn/mail"
	"posthorn/mail/message"
)

// A job that may have been played already is compared with what the server has.
// Messages are the same when their Message-ID and their size are; of a draft,
// which keeps its Message-ID while it is written, only the whole text tells.

// searchAtOnce is how many messages one search looks for.
const searchAtOnce = 50

// move plays a move. When it may have been played before, what lies at the
// target is not moved again, only removed from where it was.
func (w *worker) move(ctx context.Context, src Source, ed Editor, job *cache.Job, again bool) ([]mail.Place, error) {
	return w.transfer(ctx, src, job, again, ed.Move, ed.Expunge)
}

// copy plays a copy, in the same way.
func (w *worker) copy(ctx context.Context, src Source, ed Editor, job *cache.Job, again bool) ([]mail.Place, error) {
	return w.transfer(ctx, src, job, again, ed.Copy, func(context.Context, []mail.Place) error { return nil })
}

// transfer brings messages to job.To with bring, and for those that are there
// already does rest instead. It returns where they lie, in the order of the job.
func (w *worker) transfer(ctx context.Context, src Source, job *cache.Job, again bool,
	bring func(context.Context, []mail.Place, string) ([]mail.Place, error), rest func(context.Context, []mail.Place) error,
) ([]mail.Place, error) {
	searcher, ok := src.(Searcher)
	if !again || !ok {
		return bring(ctx, job.Places, job.To)
	}
	moved, both, left, err := twins(ctx, searcher, job)
	if err != nil {
		return nil, err
	}
	if len(both) > 0 {
		if err := rest(ctx, both); err != nil {
			return nil, err
		}
	}
	if len(left) == 0 {
		return moved, nil
	}
	places := make([]mail.Place, len(left))
	for i, n := range left {
		places[i] = job.Places[n]
	}
	now, err := bring(ctx, places, job.To)
	for i := range min(len(now), len(left)) {
		moved[left[i]] = now[i]
	}
	return moved, err
}

// twins compares what a job brings with the mailbox it brings it to. It returns
// where messages lie there, in the order of the job; which of them still lie
// where they came from, too; and which are only there, by their index.
func twins(ctx context.Context, searcher Searcher, job *cache.Job) (moved, both []mail.Place, left []int, err error) {
	uids := make([]mail.UID, len(job.Places))
	for i, p := range job.Places {
		uids[i] = p.UID
	}
	// Under these numbers may lie others by now, or nothing.
	_, validity, err := searcher.Search(ctx, job.Mailbox, mail.Text{Field: mail.MessageIDField, Value: job.There[0].MessageID})
	if err != nil {
		return nil, nil, nil, err
	}
	if was := job.Places[0].Validity; was != 0 && validity != 0 && was != validity {
		return nil, nil, nil, &account.Error{Kind: account.Renumbered, Op: "look for what was to be done in " + job.Mailbox}
	}
	list, err := searcher.Headers(ctx, job.Mailbox, uids)
	if err != nil {
		return nil, nil, nil, err
	}
	source := make(map[mail.UID]mail.Header, len(list))
	for _, h := range list {
		source[h.UID] = h
	}
	there, err := withIDs(ctx, searcher, job.To, messageIDs(job))
	if err != nil {
		return nil, nil, nil, err
	}
	there.clear(job.Floor)
	moved = make([]mail.Place, len(job.Places))
	for i, p := range job.Places {
		h, inSource := source[p.UID]
		if !inSource { // it is as it was
			h.Size, h.Received = job.There[i].Size, job.There[i].Received
		}
		moved[i] = there.take(job.There[i].MessageID, &h)
		switch {
		case inSource && moved[i].UID != "":
			both = append(both, p)
		case inSource:
			left = append(left, i)
		}
	}
	return moved, both, left, nil
}

// A shelf holds the messages of a mailbox by their Message-ID.
type shelf struct {
	mailbox  string
	validity uint32
	byID     map[string][]mail.Header
}

// clear takes off the shelf what lay there before the job began.
func (s *shelf) clear(f mail.Floor) {
	if f.Validity == 0 || f.Validity != s.validity {
		return
	}
	for id, list := range s.byID {
		s.byID[id] = slices.DeleteFunc(list, func(h mail.Header) bool {
			n, err := strconv.ParseUint(string(h.UID), 10, 32)
			return err == nil && uint32(n) <= f.UID
		})
	}
}

// messageIDs returns those of the messages that a job is about, or appends.
func messageIDs(job *cache.Job) []string {
	if job.Op == mail.OpAppend {
		return []string{job.MessageID()}
	}
	ids := make([]string, len(job.There))
	for i, m := range job.There {
		ids[i] = m.MessageID
	}
	return ids
}

// take takes a message off the shelf and returns its place: one that is like another,
// if that is given. Each is taken once.
func (s *shelf) take(id string, like *mail.Header) mail.Place {
	for i, h := range s.byID[id] {
		if id != "" && (like == nil || alike(&h, like)) {
			s.byID[id] = slices.Delete(s.byID[id], i, i+1)
			return mail.Place{Mailbox: s.mailbox, Validity: s.validity, UID: h.UID}
		}
	}
	return mail.Place{}
}

// alike reports whether two headers may be those of one message. Not every server
// tells when it received one.
func alike(a, b *mail.Header) bool {
	return a.Size == b.Size && (a.Received.IsZero() || b.Received.IsZero() || a.Received.Unix() == b.Received.Unix())
}

// withIDs finds the messages of a mailbox that have one of the Message-IDs.
func withIDs(ctx context.Context, searcher Searcher, mailbox string, ids []string) (*shelf, error) {
	s := &shelf{mailbox: mailbox, byID: make(map[string][]mail.Header)}
	for chunk := range slices.Chunk(ids, searchAtOnce) {
		var any mail.Or
		for _, id := range chunk {
			if id != "" {
				any = append(any, mail.Text{Field: mail.MessageIDField, Value: id})
			}
		}
		if len(any) == 0 {
			continue
		}
		list, validity, err := headersOf(ctx, searcher, mailbox, any)
		if err != nil {
			return nil, err
		}
		s.validity = validity
		// The newest first: that is what was just put there.
		slices.SortFunc(list, func(a, b mail.Header) int { return newest(a.UID, b.UID) })
		for _, h := range list {
			s.byID[h.MessageID] = append(s.byID[h.MessageID], h)
		}
	}
	return s, nil
}

// newest compares UIDs, so that the highest number comes first.
func newest(a, b mail.UID) int { return cmp.Or(cmp.Compare(len(b), len(a)), cmp.Compare(b, a)) }

// headersOf returns the headers of what matches a query.
func headersOf(ctx context.Context, searcher Searcher, mailbox string, q mail.Query) ([]mail.Header, uint32, error) {
	uids, validity, err := searcher.Search(ctx, mailbox, q)
	if err != nil || len(uids) == 0 {
		return nil, validity, err
	}
	list, err := searcher.Headers(ctx, mailbox, uids)
	return list, validity, err
}

// append plays an append, unless the message lies there. A server that files
// what it sends may have been faster than we are, so the folder for sent mail is
// always looked at.
func (w *worker) append(ctx context.Context, src Source, ed Editor, job *cache.Job, again bool) ([]mail.Place, error) {
	sent := false
	if f, err := w.DB.FolderByName(ctx, job.To); err == nil {
		sent = f.Role == mail.Sent
	}
	if again || sent {
		at, err := w.appended(ctx, src, job, sent)
		if err != nil || at.UID != "" {
			return []mail.Place{at}, err
		}
	}
	began := time.Now()
	at, err := ed.Append(ctx, job.To, job.Add, job.Date, job.Raw)
	if job.Add.Has(mail.Draft) {
		w.uploaded(time.Since(began))
	}
	return []mail.Place{at}, err
}

// locatable is how many messages are looked for one by one. The rest is found
// when the mailbox is read.
const locatable = 500

// locate looks for messages of which the server does not say where it put them:
// the next job may be about them.
func locate(ctx context.Context, src Source, job *cache.Job, moved []mail.Place) ([]mail.Place, error) {
	searcher, ok := src.(Searcher)
	ids := messageIDs(job)
	moved = slices.Concat(moved, make([]mail.Place, max(len(ids)-len(moved), 0)))
	var lost []string
	for i, id := range ids {
		if moved[i].UID == "" {
			lost = append(lost, id)
		}
	}
	if !ok || len(lost) == 0 || len(lost) > locatable || job.Op == mail.OpCopy {
		return moved, nil
	}
	there, err := withIDs(ctx, searcher, job.To, lost)
	if err != nil {
		return nil, err
	}
	there.clear(job.Floor)
	for i, id := range ids {
		if moved[i].UID != "" {
			continue
		}
		var like *mail.Header
		if job.Op == mail.OpMove {
			like = &mail.Header{Size: job.There[i].Size, Received: job.There[i].Received}
		}
		moved[i] = there.take(id, like)
	}
	return moved, nil
}

// appended looks for the message of an append in its mailbox.
func (w *worker) appended(ctx context.Context, src Source, job *cache.Job, sent bool) (mail.Place, error) {
	searcher, ok := src.(Searcher)
	if !ok || job.MessageID() == "" {
		return mail.Place{}, nil
	}
	list, validity, err := headersOf(ctx, searcher, job.To, mail.Text{Field: mail.MessageIDField, Value: job.MessageID()})
	if err != nil {
		return mail.Place{}, err
	}
	enough := sent && message.Parse(job.Raw).OwnID() != ""
	for _, h := range list {
		at := mail.Place{Mailbox: job.To, Validity: validity, UID: h.UID}
		if enough {
			return at, nil
		}
		if h.Size > int64(2*len(job.Raw)) {
			continue
		}
		same, err := hasContent(ctx, src, at, job.Raw)
		if err != nil || same {
			return at, err
		}
	}
	return mail.Place{}, nil
}

// hasContent reports whether a message on the server is the one given, whatever
// its line ends.
func hasContent(ctx context.Context, src Source, at mail.Place, raw []byte) (bool, error) {
	b := bounded{left: maxPart}
	if err := src.Fetch(ctx, at, "", &b); err != nil {
		return false, err
	}
	return bytes.Equal(lf(b.Bytes()), lf(raw)), nil
}

func lf(b []byte) []byte { return bytes.ReplaceAll(b, []byte("\r\n"), []byte("\n")) }
