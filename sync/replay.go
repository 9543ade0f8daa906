package sync

import (
	"bytes"
	"context"
	"slices"

	"posthorn/cache"
	"posthorn/mail"
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
	there, err := w.twins(ctx, searcher, job)
	if err != nil {
		return nil, err
	}
	moved := make([]mail.Place, len(job.Places))
	var left, done []mail.Place
	var at []int
	for i, p := range job.Places {
		if twin, ok := there[i]; ok {
			moved[i], done = twin, append(done, p)
			continue
		}
		left, at = append(left, p), append(at, i)
	}
	if len(done) > 0 {
		if err := rest(ctx, done); err != nil {
			return nil, err
		}
	}
	if len(left) == 0 {
		return moved, nil
	}
	now, err := bring(ctx, left, job.To)
	for i := range min(len(now), len(at)) {
		moved[at[i]] = now[i]
	}
	return moved, err
}

// A content is what a message is told by.
type content struct {
	id   string
	size int64
}

// twins finds the messages of a job that lie in the mailbox it moves or copies
// to, by their index in the job.
func (w *worker) twins(ctx context.Context, searcher Searcher, job *cache.Job) (map[int]mail.Place, error) {
	rows, err := w.DB.Rows(ctx, job.IDs)
	if err != nil {
		return nil, err
	}
	found := make(map[content]mail.Place)
	for chunk := range slices.Chunk(rows, searchAtOnce) {
		var any mail.Or
		for _, r := range chunk {
			if r.MessageID != "" {
				any = append(any, mail.Text{Field: mail.MessageIDField, Value: r.MessageID})
			}
		}
		if len(any) == 0 {
			continue
		}
		list, validity, err := headersOf(ctx, searcher, job.To, any)
		if err != nil {
			return nil, err
		}
		for _, h := range list {
			found[content{h.MessageID, h.Size}] = mail.Place{Mailbox: job.To, Validity: validity, UID: h.UID}
		}
	}
	there := make(map[int]mail.Place)
	for _, r := range rows {
		if p, ok := found[content{r.MessageID, r.Size}]; ok && r.MessageID != "" {
			there[slices.Index(job.IDs, r.ID)] = p
		}
	}
	return there, nil
}

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
	at, err := ed.Append(ctx, job.To, job.Add, job.Date, job.Raw)
	return []mail.Place{at}, err
}

// appended looks for the message of an append in its mailbox.
func (w *worker) appended(ctx context.Context, src Source, job *cache.Job, sent bool) (mail.Place, error) {
	searcher, ok := src.(Searcher)
	if !ok || job.MessageID == "" {
		return mail.Place{}, nil
	}
	list, validity, err := headersOf(ctx, searcher, job.To, mail.Text{Field: mail.MessageIDField, Value: job.MessageID})
	if err != nil {
		return mail.Place{}, err
	}
	enough := sent && ownID(job.Raw) != ""
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
