package sync

import (
	"bytes"
	"context"
	"io"
	"slices"
	"sync"
	"time"

	"posthorn/account"
	"posthorn/mail"
)

// An office is a drop in memory that outlives its sessions.
type office struct {
	crash *crash
	mu    sync.Mutex
	waits []parcel
	fail  map[string]error
	got   []string // what was retrieved
	stall <-chan struct{}
}

type parcel struct {
	uidl string
	raw  []byte
}

func (o *office) Drop(context.Context) (Drop, error) {
	o.crash.step("dial")
	o.mu.Lock()
	defer o.mu.Unlock()
	if err := o.fail["dial"]; err != nil {
		return nil, err
	}
	return &dropLine{office: o, list: slices.Clone(o.waits), gone: map[int]bool{}}, nil
}

type dropLine struct {
	*office
	list []parcel
	gone map[int]bool
}

func (d *dropLine) do(ctx context.Context, op string) error {
	d.crash.step("before " + op)
	d.mu.Lock()
	defer d.mu.Unlock()
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return d.fail[op]
}

func (d *dropLine) List(ctx context.Context) (list []account.Waiting, err error) {
	if err := d.do(ctx, "list"); err != nil {
		return nil, err
	}
	for i, p := range d.list {
		list = append(list, account.Waiting{Number: i + 1, UIDL: p.uidl, Size: int64(len(p.raw))})
	}
	return list, nil
}

func (d *dropLine) Retrieve(ctx context.Context, m account.Waiting, w io.Writer) error {
	if err := d.do(ctx, "retr"); err != nil {
		return err
	}
	if d.stall != nil {
		<-d.stall
	}
	p := d.list[m.Number-1]
	d.mu.Lock()
	d.got = append(d.got, p.uidl)
	d.mu.Unlock()
	half := len(p.raw) / 2
	if _, err := w.Write(p.raw[:half]); err != nil {
		return err
	}
	d.crash.step("in retr")
	_, err := w.Write(p.raw[half:])
	d.crash.step("after retr")
	return err
}

func (d *dropLine) Delete(ctx context.Context, m account.Waiting) error {
	if err := d.do(ctx, "dele"); err != nil {
		return err
	}
	d.gone[m.Number-1] = true
	d.crash.step("after dele")
	return nil
}

func (d *dropLine) Quit(ctx context.Context) error {
	if err := d.do(ctx, "quit"); err != nil {
		return err
	}
	d.mu.Lock()
	var left []parcel
	for i, p := range d.list {
		if !d.gone[i] {
			left = append(left, p)
		}
	}
	d.waits = append(left, d.waits[len(d.list):]...)
	d.mu.Unlock()
	d.crash.step("after quit")
	return nil
}

func (d *dropLine) Close() error { return nil }

// A room is a host that mail is delivered to.
type room struct {
	*host
	full error
}

func (r *room) Deliver(ctx context.Context, uidl string, write func(io.Writer) error) error {
	r.crash.step("before deliver")
	if r.full != nil {
		return r.full
	}
	var b bytes.Buffer
	if err := write(&b); err != nil {
		return err
	}
	r.crash.step("in deliver")
	r.set(func() { r.add(r.box("INBOX"), &msg{raw: b.Bytes(), uidl: uidl, date: time.Now()}) })
	r.crash.step("after deliver")
	return nil
}

func (r *room) Delivered(uidl string) (bool, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.ContainsFunc(r.box("INBOX").msgs, func(m *msg) bool { return m.uidl == uidl }), nil
}

// A postman is a sender that remembers what it took.
type postman struct {
	crash   *crash
	mu      sync.Mutex
	took    [][]byte
	rcpt    [][]string
	answers []error // to the next messages, in order
	partly  map[string]error
	tries   int
}

func (p *postman) Send(ctx context.Context, m mail.Outgoing) ([]mail.Result, error) {
	p.crash.step("before send")
	p.mu.Lock()
	p.tries++
	if len(p.answers) > 0 {
		err := p.answers[0]
		p.answers = p.answers[1:]
		if err != nil {
			p.mu.Unlock()
			return nil, err
		}
	}
	p.took, p.rcpt = append(p.took, m.Raw), append(p.rcpt, m.Rcpt)
	results := make([]mail.Result, len(m.Rcpt))
	for i, r := range m.Rcpt {
		results[i] = mail.Result{Rcpt: r, Err: p.partly[r]}
	}
	p.mu.Unlock()
	p.crash.step("after send")
	return results, nil
}

func (p *postman) sent() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.took)
}

var (
	_ Drop     = (*dropLine)(nil)
	_ Mailroom = (*room)(nil)
	_ Sender   = (*postman)(nil)
)
