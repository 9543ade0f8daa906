package cache

import (
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"posthorn/internal/seed"
	"posthorn/mail"
	"posthorn/store"
)

// world is a server, a user and a journal as simple as can be, beside a cache
// that is to show the same: what the server has, with the journal played on top.
type world struct {
	t     *rapid.T
	ctx   context.Context
	path  string
	kept  *store.Account
	db    *DB
	boxes []*box
	jobs  []*wish
	last  int             // number of the newest message
	refs  map[int]int     // what a message answers, 0 for nothing
	ids   map[int]mail.ID // as they were last seen
	deeds int64           // how many there were
	again map[int]bool    // messages that came back under another id
	older string          // a copy of the database, if one was made
	then  int             // the number of the newest message then
}

// box is a mailbox of the server.
type box struct {
	mail.Mailbox
	id       mail.FolderID
	validity uint32
	next     uint32
	msgs     map[uint32]*held
	// vague: the server's counts and the journal know of the same change, so the
	// counts are only right when the journal is empty and they were told anew.
	vague bool
}

// held is a message on the server; told, when the cache knows its number.
type held struct {
	n     int
	flags mail.Flags
	told  bool
}

// wish is a job of the journal.
type wish struct {
	op          mail.Op
	source, to  *box
	items       []int
	add, remove mail.Flags
	started     bool
}

// sight is where a user sees a message, and with which flags.
type sight struct {
	box   *box
	flags mail.Flags
}

func newWorld(t *rapid.T, dir string, kept *store.Account) *world {
	w := &world{t: t, ctx: context.Background(), path: filepath.Join(dir, "a.db"), kept: kept, refs: map[int]int{}, ids: map[int]mail.ID{}, again: map[int]bool{}}
	w.open()
	var boxes []mail.Mailbox
	for i, name := range []string{"INBOX", "Archive", "Trash"} {
		m := mail.Mailbox{Name: name, Delimiter: "/", Role: []mail.Role{mail.Inbox, mail.Archive, mail.Trash}[i]}
		boxes = append(boxes, m)
		w.boxes = append(w.boxes, &box{Mailbox: m, validity: 1, next: 1, msgs: map[uint32]*held{}})
	}
	w.must(w.db.SetMailboxes(w.ctx, boxes))
	list, err := w.db.Folders(w.ctx)
	w.must(err)
	for i, f := range list {
		w.boxes[i].id = f.ID
		w.apply(w.boxes[i], mail.Delta{}) // each was looked into
	}
	return w
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) open() {
	db, err := Open(w.ctx, w.path, "home", w.kept, Options{})
	w.must(err)
	w.db = db
}

func (w *world) draw(n int, what string) int { return rapid.IntRange(0, n-1).Draw(w.t, what) }
func (w *world) flip(what string) bool       { return rapid.Bool().Draw(w.t, what) }
func (w *world) drawBox(what string) *box    { return w.boxes[w.draw(len(w.boxes), what)] }

func (w *world) drawFlags(what string) mail.Flags {
	return rapid.SampledFrom([]mail.Flags{0, mail.Seen, mail.Flagged, mail.Seen | mail.Flagged, mail.Answered}).Draw(w.t, what)
}

// uids returns the numbers of a mailbox in any order.
func (w *world) uids(b *box) []uint32 {
	list := slices.Sorted(maps.Keys(b.msgs))
	if len(list) == 0 {
		return nil
	}
	return rapid.Permutation(list).Draw(w.t, "order")
}

func (b *box) add(h *held) uint32 {
	uid := b.next
	b.msgs[uid] = h
	b.next++
	return uid
}

func (b *box) counts() mail.Counts {
	c := mail.Counts{Total: len(b.msgs)}
	for _, h := range b.msgs {
		if !h.flags.Has(mail.Seen) {
			c.Unread++
		}
	}
	return c
}

func uidText(u uint32) mail.UID { return mail.UID(fmt.Sprint(u)) }

// find returns where the server has a message, nil where it has not.
func (w *world) find(n int) (*box, uint32) {
	for _, b := range w.boxes {
		for u, h := range b.msgs {
			if h.n == n {
				return b, u
			}
		}
	}
	return nil, 0
}

func (w *world) pending(n int) bool {
	return slices.ContainsFunc(w.jobs, func(j *wish) bool { return slices.Contains(j.items, n) })
}

// view plays the journal on top of what the server has.
func (w *world) view() map[int]sight {
	v := map[int]sight{}
	for _, b := range w.boxes {
		for _, h := range b.msgs {
			v[h.n] = sight{b, h.flags}
		}
	}
	for _, j := range w.jobs {
		for _, n := range j.items {
			s, ok := v[n]
			switch {
			case !ok:
			case j.op == mail.OpFlags:
				v[n] = sight{s.box, s.flags&^j.remove | j.add}
			case s.box != j.source:
			case j.op == mail.OpMove:
				v[n] = sight{j.to, s.flags}
			default:
				delete(v, n)
			}
		}
	}
	return v
}

// header is a message as the server shows it.
func (w *world) header(b *box, u uint32) mail.Header {
	h := b.msgs[u]
	h.told = true
	m := reply(h.n)
	if r := w.refs[h.n]; r != 0 {
		m = reply(h.n, r)
	}
	m.UID, m.Flags = uidText(u), h.flags
	return m
}

func (w *world) apply(b *box, d mail.Delta) {
	d.Validity, d.Counts, d.Cursor = b.validity, b.counts(), "c"
	w.must(w.db.Apply(w.ctx, b.id, d))
}

// tell names messages to the cache, perhaps in two parts.
func (w *world) tell(b *box, uids []uint32, first, last mail.Delta) {
	cut := w.draw(len(uids)+1, "cut")
	for _, u := range uids[:cut] {
		first.New = append(first.New, w.header(b, u))
	}
	w.apply(b, first)
	for _, u := range uids[cut:] {
		last.New = append(last.New, w.header(b, u))
	}
	w.apply(b, last)
}

// whole names all of a mailbox, so that what is not named is gone.
func (w *world) whole(b *box) {
	d := mail.Delta{Whole: &mail.Range{}, Done: 1, Of: 1}
	if w.flip("range") {
		d.Whole = &mail.Range{First: 1, Last: b.next}
	}
	for _, u := range w.uids(b) {
		if h := b.msgs[u]; h.told && w.flip("as flags") {
			d.Flags = append(d.Flags, mail.FlagChange{UID: uidText(u), Flags: h.flags})
		} else {
			d.New = append(d.New, w.header(b, u))
		}
	}
	w.apply(b, d)
}

// What others do.

func (w *world) arrive() {
	b := w.drawBox("box")
	var uids []uint32
	for range 1 + w.draw(4, "messages") {
		w.last++
		if w.flip("an answer") { // to what was here, is here, will come, or never comes
			if r := 1 + w.draw(w.last+2, "to"); r != w.last {
				w.refs[w.last] = r
			}
		}
		uids = append(uids, b.add(&held{n: w.last, flags: w.drawFlags("flags")}))
	}
	w.tell(b, rapid.Permutation(uids).Draw(w.t, "order"), mail.Delta{}, mail.Delta{})
}

// pick returns a message of the server, 0 for none.
func (w *world) pick() (*box, uint32) {
	b := w.drawBox("box")
	if uids := w.uids(b); len(uids) > 0 {
		return b, uids[0]
	}
	return nil, 0
}

func (w *world) otherFlags() {
	b, u := w.pick()
	if b == nil {
		return
	}
	h := b.msgs[u]
	if w.pending(h.n) {
		w.blur()
	}
	h.flags = w.drawFlags("flags")
	switch how := w.draw(3, "how"); {
	case how == 0 && h.told:
		w.apply(b, mail.Delta{Flags: []mail.FlagChange{{UID: uidText(u), Flags: h.flags}}})
	case how < 2:
		w.apply(b, mail.Delta{New: []mail.Header{w.header(b, u)}})
	default:
		w.whole(b)
	}
}

func (w *world) otherRemoves() {
	b, u := w.pick()
	if b == nil {
		return
	}
	h := b.msgs[u]
	for _, j := range w.jobs {
		if slices.Contains(j.items, h.n) && j.started {
			return // it may lie at the target by now: only a look there could tell
		}
	}
	if w.pending(h.n) {
		if s, here := w.view()[h.n]; here && s.box == b && !h.told {
			return // it is shown until the journal is played, as if it had just been put there
		}
		w.blur()
	}
	delete(b.msgs, u)
	delete(w.ids, h.n)
	if h.told && w.flip("by number") {
		w.apply(b, mail.Delta{Gone: []mail.UID{uidText(u)}})
	} else {
		w.whole(b)
	}
}

// blur makes the counts vague: others changed what the journal is about.
func (w *world) blur() {
	for _, b := range w.boxes {
		b.vague = true
	}
}

// otherMoves is another client's move, which is a removal and an arrival.
func (w *world) otherMoves() {
	b, u := w.pick()
	to := w.drawBox("to")
	if b == nil || b == to || w.pending(b.msgs[u].n) || !b.msgs[u].told {
		return
	}
	h := b.msgs[u]
	delete(b.msgs, u)
	delete(w.ids, h.n)
	w.again[h.n] = true
	there := to.add(&held{n: h.n, flags: h.flags})
	arrived := func() { w.apply(to, mail.Delta{New: []mail.Header{w.header(to, there)}}) }
	if w.flip("arrives first") {
		arrived()
	} else {
		defer arrived()
	}
	w.apply(b, mail.Delta{Gone: []mail.UID{uidText(u)}})
}

// renumber changes a mailbox's UIDVALIDITY.
func (w *world) renumber() {
	b := w.drawBox("box")
	old := b.msgs
	b.validity++
	b.msgs, b.next = map[uint32]*held{}, 1
	for _, u := range slices.Sorted(maps.Keys(old)) {
		old[u].told = false
		b.next += uint32(w.draw(3, "gap"))
		b.add(old[u])
	}
	uids := w.uids(b)
	w.tell(b, uids, mail.Delta{Reset: true, Done: 0, Of: 2}, mail.Delta{Done: 2, Of: 2})
}

// What the user does.

func (w *world) seen() []int {
	list := slices.Sorted(maps.Keys(w.view()))
	if len(list) == 0 {
		return nil
	}
	return rapid.Permutation(list).Draw(w.t, "messages")[:1+w.draw(min(3, len(list)), "how many")]
}

func (w *world) change() {
	ns := w.seen()
	if ns == nil {
		return
	}
	ids := make([]mail.ID, len(ns))
	for i, n := range ns {
		ids[i] = w.ids[n]
	}
	before, jobs := w.view(), len(w.jobs)
	var c mail.Change
	switch w.draw(3, "what") {
	case 0:
		c = mail.SetFlags{IDs: ids, Add: w.drawFlags("add"), Remove: w.drawFlags("remove")}
	case 1:
		c = mail.Move{IDs: ids, To: w.drawBox("to").id}
	case 2:
		c = mail.Expunge{IDs: ids}
	}
	w.do(c)
	if len(w.jobs) > jobs && w.flip("undo") { // the server has not heard of it
		w.check()
		d, err := w.kept.LastDeed(w.ctx)
		w.must(err)
		_, err = w.db.Undo(w.ctx, d)
		w.must(err)
		w.jobs = w.jobs[:jobs]
		if !maps.Equal(w.view(), before) {
			w.t.Errorf("what was undone is %v, was %v", w.view(), before)
		}
	}
}

func (w *world) do(c mail.Change) {
	byID := map[mail.ID]int{}
	for n, id := range w.ids {
		byID[id] = n
	}
	v := w.view()
	group := func(ids []mail.ID, proto wish, changes func(sight) bool) {
		jobs := map[*box]*wish{}
		for _, id := range ids {
			n := byID[id]
			s, ok := v[n]
			if !ok {
				continue
			}
			j := jobs[s.box]
			if j == nil {
				j = new(wish)
				*j = proto
				j.source = s.box
				jobs[s.box] = j
				w.jobs = append(w.jobs, j)
			}
			if changes(s) {
				j.items = append(j.items, n)
			}
		}
		w.jobs = slices.DeleteFunc(w.jobs, func(j *wish) bool { return len(j.items) == 0 })
	}
	switch c := c.(type) {
	case mail.SetFlags:
		group(c.IDs, wish{op: mail.OpFlags, add: c.Add, remove: c.Remove}, func(s sight) bool { return s.flags&^c.Remove|c.Add != s.flags })
	case mail.Move:
		to := w.boxes[slices.IndexFunc(w.boxes, func(b *box) bool { return b.id == c.To })]
		group(c.IDs, wish{op: mail.OpMove, to: to}, func(s sight) bool { return s.box != to })
	case mail.Expunge:
		group(c.IDs, wish{op: mail.OpExpunge}, func(sight) bool { return true })
	}
	w.deeds++
	_, err := w.db.Do(w.ctx, c, mail.Deed{Number: w.deeds})
	w.must(err)
}

// play has the server do the oldest job, or say no.
func (w *world) play() {
	if len(w.jobs) == 0 {
		return
	}
	j := w.jobs[0]
	for _, n := range j.items { // the engine asks where messages lie that the server moved without a word
		if b, u := w.find(n); b != nil && !b.msgs[u].told {
			w.whole(b)
		}
	}
	job, err := w.db.Next(w.ctx, never)
	w.must(err)
	var want []mail.Place
	for _, n := range j.items {
		if b, u := w.find(n); b == j.source {
			want = append(want, mail.Place{Mailbox: b.Name, Validity: b.validity, UID: uidText(u)})
		}
	}
	if job == nil || job.Op != j.op || job.Begun != j.started || job.Add != j.add || job.Remove != j.remove || !slices.Equal(j.source.standing(job.Places), want) {
		w.t.Fatalf("the job is %+v, want %+v at %v", job, j, want)
	}
	if w.flip("begin") {
		w.must(w.db.Begin(w.ctx, job))
		j.started = true
		if w.flip("crash") {
			return
		}
	}
	if w.flip("refuse") && w.free(j) {
		w.refuse(j, job)
		return
	}
	w.finish(j, job)
}

// standing returns those of some places where the server has a message. What is
// gone may be named as it was: the server passes over it.
func (b *box) standing(places []mail.Place) (there []mail.Place) {
	for _, p := range places {
		if b.at(p) != 0 {
			there = append(there, p)
		}
	}
	return there
}

// at returns the number of the message at a place, 0 where there is none.
func (b *box) at(p mail.Place) uint32 {
	u, err := strconv.Atoi(string(p.UID))
	if err != nil || p.Mailbox != b.Name || p.Validity != b.validity || b.msgs[uint32(u)] == nil {
		return 0
	}
	return uint32(u)
}

// free reports whether nothing later rests on a job. What does was made of a
// state that never was, when the job is refused: its counts, and where it is
// played, are off until the next look at the server.
func (w *world) free(j *wish) bool {
	for _, later := range w.jobs[1:] {
		for _, n := range j.items {
			if slices.Contains(later.items, n) {
				return false
			}
		}
	}
	return true
}

func (w *world) refuse(j *wish, job *Job) {
	w.must(w.db.Refuse(w.ctx, job, "no"))
	w.jobs = w.jobs[1:]
	for _, n := range j.items { // the engine looks at the mailbox again
		if b, u := w.find(n); b != nil {
			w.apply(b, mail.Delta{New: []mail.Header{w.header(b, u)}})
		}
	}
}

func (w *world) finish(j *wish, job *Job) {
	var moved []mail.Place
	var there []int
	says := w.flip("says where")
	for _, p := range job.Places {
		u := j.source.at(p)
		h := j.source.msgs[u]
		switch {
		case h == nil:
			moved = append(moved, mail.Place{})
			continue
		case j.op == mail.OpFlags:
			h.flags = h.flags&^j.remove | j.add
			continue
		}
		delete(j.source.msgs, u)
		if j.op == mail.OpExpunge {
			delete(w.ids, h.n)
			continue
		}
		h.told = says
		there = append(there, h.n)
		to := mail.Place{Mailbox: j.to.Name, Validity: j.to.validity}
		if u = j.to.add(h); says {
			to.UID = uidText(u)
		}
		moved = append(moved, to)
	}
	if j.op == mail.OpMove && says && len(there) > 0 && w.flip("tells of it before it answers") {
		_, u := w.find(there[0])
		j.to.vague = true // the arrival is counted, and the job, too
		w.apply(j.to, mail.Delta{New: []mail.Header{w.header(j.to, u)}})
	}
	w.must(w.db.Finish(w.ctx, job, moved))
	w.jobs = w.jobs[1:]
}

// dies has the process die between the journal and the cache: the change is done
// all the same.
func (w *world) dies() {
	before := w.copyOf("before")
	w.change()
	w.replace(before)
}

// copyOf closes the database for a moment and copies it.
func (w *world) copyOf(name string) string {
	w.must(w.db.Close())
	b, err := os.ReadFile(w.path)
	w.must(err)
	path := w.path + "." + name
	w.must(os.WriteFile(path, b, 0o600))
	w.open()
	return path
}

// replace puts a copy in the place of the database, nothing if it has no name.
func (w *world) replace(path string) {
	w.must(w.db.Close())
	remove(w.path)
	if path != "" {
		b, err := os.ReadFile(path)
		w.must(err)
		w.must(os.WriteFile(w.path, b, 0o600))
	}
	w.open()
}

// keep makes a copy for older.
func (w *world) keep() { w.older, w.then = w.copyOf("older"), w.last }

// lose deletes the database, or puts an older copy in its place. When the server has
// told of everything, all is as it was.
func (w *world) lose() {
	known := 0
	if w.older != "" && w.flip("an older copy") {
		w.replace(w.older)
		known = w.then
	} else {
		w.replace("")
		w.older = ""
	}
	for n := range w.refs {
		if b, _ := w.find(n); b == nil && n > known {
			delete(w.refs, n) // nothing tells of it any more
		}
	}
	for n := range w.ids {
		if !w.pending(n) {
			delete(w.ids, n)
			w.again[n] = true
		}
	}
	var boxes []mail.Mailbox
	for _, b := range w.boxes {
		boxes = append(boxes, b.Mailbox)
	}
	w.must(w.db.SetMailboxes(w.ctx, boxes))
	for _, b := range w.boxes {
		f, err := w.db.FolderByName(w.ctx, b.Name)
		w.must(err)
		b.id = f.ID
		for _, h := range b.msgs {
			h.told = false
		}
		w.tell(b, w.uids(b), mail.Delta{Reset: true, Done: 0, Of: 2}, mail.Delta{Done: 2, Of: 2})
	}
	w.blur()
}

func (w *world) reopen() {
	w.must(w.db.Close())
	w.open()
	if w.db.Notice() != "" {
		w.t.Error(w.db.Notice())
	}
}

// check compares what the cache shows with the model.
func (w *world) check() {
	for more := true; more; {
		var err error
		more, err = w.db.Index(w.ctx, 7)
		w.must(err)
	}
	if n, err := w.kept.Pending(w.ctx); err != nil || n != len(w.jobs) {
		w.t.Fatalf("the journal holds %d jobs, want %d: %v", n, len(w.jobs), err)
	}
	v := w.view()
	threads := w.threads()
	names := map[mail.ThreadID]int{} // the cache's for the model's
	for _, b := range w.boxes {
		var want []int
		c := mail.Counts{}
		for n, s := range v {
			if s.box == b {
				want = append(want, n)
				c.Total++
				if !s.flags.Has(mail.Seen) {
					c.Unread++
				}
			}
		}
		slices.Sort(want)
		slices.Reverse(want) // the newest first
		list, err := w.db.Entries(w.ctx, mail.View{Folder: b.id}, 0)
		w.must(err)
		got := w.numbers(list)
		if !slices.Equal(got, want) {
			w.t.Fatalf("%s has %v, want %v", b.Name, got, want)
		}
		for i, m := range w.rows(list) {
			n := got[i]
			if m.Flags != v[n].flags || m.FolderName != b.Name {
				w.t.Errorf("message %d has the flags %v in %s, want %v in %s", n, m.Flags, m.FolderName, v[n].flags, b.Name)
			}
			if id, known := w.ids[n]; known && id != m.ID {
				w.t.Errorf("message %d was %v and is %v", n, id, m.ID)
			}
			w.ids[n] = m.ID
			if t, known := names[m.Thread]; known && t != threads[n] || m.Thread == 0 {
				w.t.Errorf("message %d is in a conversation with %d", n, t)
			}
			names[m.Thread] = threads[n]
		}
		w.checkTree(b, list)
		w.checkCounts(b, c)
	}
	// One conversation has one name.
	if len(slices.Compact(slices.Sorted(maps.Values(names)))) != len(names) {
		w.t.Errorf("a conversation is in parts: %v", names)
	}
}

func (w *world) checkCounts(b *box, want mail.Counts) {
	if b.vague && len(w.jobs) == 0 {
		w.must(w.db.SetCounts(w.ctx, b.id, b.counts()))
		b.vague = false
	}
	f, err := w.db.Folder(w.ctx, b.id)
	w.must(err)
	if !b.vague && f.Counts != want {
		w.t.Errorf("%s counts %v, want %v", b.Name, f.Counts, want)
	}
}

// checkTree looks at the list by conversations: the same messages, each
// conversation in one piece, answers below what they answer.
func (w *world) checkTree(b *box, flat []mail.Entry) {
	tree, err := w.db.Entries(w.ctx, mail.View{Folder: b.id, Threads: true}, 0)
	w.must(err)
	got, all := w.numbers(tree), w.numbers(flat)
	if sorted := slices.Sorted(slices.Values(got)); !slices.Equal(sorted, slices.Sorted(slices.Values(all))) {
		w.t.Fatalf("by conversations %s has %v, otherwise %v", b.Name, got, all)
	}
	at := map[int]int{}
	ended := map[mail.ThreadID]bool{}
	newest := w.last + 1
	for i, e := range tree {
		at[got[i]] = i
		if i > 0 && tree[i-1].Thread == e.Thread {
			continue
		}
		if ended[e.Thread] || e.Depth != 0 {
			w.t.Errorf("%s: a conversation begins at %d of %v, again or at depth %d", b.Name, got[i], got, e.Depth)
		}
		ended[e.Thread] = true
		top := 0
		for k := i; k < len(tree) && tree[k].Thread == e.Thread; k++ {
			top = max(top, got[k])
		}
		if top > newest {
			w.t.Errorf("%s: the conversation of %d stands below one of %d", b.Name, top, newest)
		}
		newest = top
	}
	for n, i := range at {
		r := w.refs[n]
		k, here := at[r]
		if here && !w.again[r] && !w.loops(n) && (k > i || tree[k].Depth+1 != tree[i].Depth) {
			w.t.Errorf("%s: %d answers %d, and stands at %d of %v, depth %d below %d", b.Name, n, r, i, got, tree[i].Depth, tree[k].Depth)
		}
	}
}

// loops reports whether a message answers itself by others.
func (w *world) loops(n int) bool {
	for r, steps := w.refs[n], 0; r != 0; r, steps = w.refs[r], steps+1 {
		if r == n || steps > w.last {
			return true
		}
	}
	return false
}

// threads gives each message the least number of its conversation: it takes in
// all that ever were here.
func (w *world) threads() map[int]int {
	of := map[int]int{}
	for n := 1; n <= w.last+3; n++ {
		of[n] = n
	}
	for range w.last {
		for n, r := range w.refs {
			of[n] = min(of[n], of[r])
			of[r] = of[n]
		}
	}
	return of
}

func (w *world) rows(list []mail.Entry) []mail.Summary {
	ids := make([]mail.ID, len(list))
	for i, e := range list {
		ids[i] = e.ID
	}
	rows, err := w.db.Rows(w.ctx, ids)
	w.must(err)
	return rows
}

func (w *world) numbers(list []mail.Entry) []int {
	var ns []int
	for _, m := range w.rows(list) {
		n, err := strconv.Atoi(strings.TrimPrefix(m.Subject, "Subject "))
		w.must(err)
		ns = append(ns, n)
	}
	return ns
}

// Whatever servers, other clients and the user do, in whatever order, the cache
// shows what the server has with the user's changes on top.
func TestModel(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	seed.Check(t, func(t *rapid.T) {
		dir, err := os.MkdirTemp(dir, "")
		if err != nil {
			t.Fatal(err)
		}
		s, err := store.Open(context.Background(), filepath.Join(dir, "data"), dir)
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		kept, err := s.Accounts(context.Background(), []string{"home"})
		if err != nil {
			t.Fatal(err)
		}
		w := newWorld(t, dir, kept[0])
		defer func() { w.db.Close() }()
		w.arrive()
		w.check()
		steps := []struct {
			name string
			f    func()
		}{
			{"change", w.change}, {"change", w.change}, {"change", w.change}, {"play", w.play}, {"play", w.play}, {"play", w.play},
			{"arrive", w.arrive}, {"others' flags", w.otherFlags}, {"others' removal", w.otherRemoves}, {"others' move", w.otherMoves},
			{"renumber", w.renumber}, {"reopen", w.reopen}, {"die", w.dies}, {"keep a copy", w.keep}, {"lose", w.lose},
		}
		for range rapid.IntRange(1, 20).Draw(t, "steps") {
			s := steps[w.draw(len(steps), "step")]
			t.Log(s.name)
			s.f()
			w.check()
		}
		for len(w.jobs) > 0 { // in the end, server and cache agree
			w.play()
			w.check()
		}
	})
}
