package cache

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"slices"
	"strings"

	"posthorn/mail"
)

// node is a message of a conversation.
type node struct {
	id, thread, parent, shown int64
	children                  []int32
	depth                     int32
}

// threads lists messages by conversation: the one with the newest message
// first, each as a tree, answers below what they answer, oldest first.
func (db *DB) threads(ctx context.Context, where string, args []any, limit int) ([]mail.Entry, error) {
	nodes, err := db.nodes(ctx, where, args)
	if err != nil {
		return nil, err
	}
	groups := map[int64][]int32{}
	order := []int64{}
	for i, n := range nodes { // newest first, so conversations come in the order of their newest
		key := n.thread
		if key == 0 {
			key = -n.id
		}
		if groups[key] == nil {
			order = append(order, key)
		}
		groups[key] = append(groups[key], int32(i))
	}
	list := make([]mail.Entry, 0, len(nodes))
	for _, key := range order {
		list = db.tree(list, nodes, groups[key])
		if limit > 0 && len(list) >= limit {
			return list[:limit], nil
		}
	}
	return list, nil
}

func (db *DB) nodes(ctx context.Context, where string, args []any) ([]node, error) {
	rows, err := db.read.QueryContext(ctx, "SELECT id, thread, parent, shown FROM messages WHERE "+where+" ORDER BY shown DESC, id DESC", args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var nodes []node
	for rows.Next() {
		var n node
		if err := rows.Scan(&n.id, &n.thread, &n.parent, &n.shown); err != nil {
			return nil, err
		}
		nodes = append(nodes, n)
	}
	return nodes, rows.Err()
}

// maxShownDepth bounds how deep an answer is said to stand.
const maxShownDepth = 100

// tree adds the messages of one conversation. Loops of parents lose no message:
// what no root leads to is a root itself.
func (db *DB) tree(list []mail.Entry, nodes []node, members []int32) []mail.Entry {
	if len(members) == 1 {
		n := nodes[members[0]]
		return append(list, mail.Entry{ID: mail.NewID(db.slot, n.id), Thread: db.threadID(n.thread)})
	}
	byID := make(map[int64]int32, len(members))
	for _, m := range members {
		byID[nodes[m].id] = m
	}
	oldest := func(a, b int32) int {
		return cmp.Or(cmp.Compare(nodes[a].shown, nodes[b].shown), cmp.Compare(nodes[a].id, nodes[b].id))
	}
	slices.SortFunc(members, oldest)
	var roots []int32
	for _, m := range members {
		if p, ok := byID[nodes[m].parent]; ok && p != m {
			nodes[p].children = append(nodes[p].children, m)
		} else {
			roots = append(roots, m)
		}
	}
	done := make(map[int32]bool, len(members))
	top := int32(0) // the first root leads the conversation, others stand below it
	for i, m := range append(roots, members...) {
		if done[m] {
			continue
		}
		if i > 0 {
			top = 1
		}
		list = db.walk(list, nodes, m, top, done)
	}
	return list
}

// walk adds a message and what answers it, without recursion, as conversations
// may be thousands of messages deep.
func (db *DB) walk(list []mail.Entry, nodes []node, root, depth int32, done map[int32]bool) []mail.Entry {
	nodes[root].depth = depth
	stack := []int32{root}
	for len(stack) > 0 {
		m := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		if done[m] {
			continue
		}
		done[m] = true
		n := &nodes[m]
		list = append(list, mail.Entry{ID: mail.NewID(db.slot, n.id), Thread: db.threadID(n.thread), Depth: n.depth})
		for _, c := range slices.Backward(n.children) {
			nodes[c].depth = min(n.depth+1, maxShownDepth)
			stack = append(stack, c)
		}
	}
	return list
}

// threader gives messages their conversations, in one transaction.
type threader struct {
	ctx context.Context
	tx  *sql.Tx
}

// add finds the conversation of a message: that of what it refers to, and of
// what refers to it. Several become one.
func (t *threader) add(id int64, msgid, refs string) error {
	var e mail.Envelope
	decodeRefs(refs, &e)
	chain := chainOf(&e, msgid)
	threads, err := t.known(append(slices.Clone(chain), msgid))
	if err != nil {
		return err
	}
	thread := id
	if len(threads) > 0 {
		if thread, err = t.join(threads); err != nil {
			return err
		}
	}
	for _, ref := range chain {
		if _, err := t.tx.ExecContext(t.ctx, "INSERT OR IGNORE INTO ids (msgid, thread) VALUES (?,?)", ref, thread); err != nil {
			return err
		}
	}
	if msgid != "" {
		if _, err := t.tx.ExecContext(t.ctx, "INSERT INTO ids (msgid, thread, message) VALUES (?1,?2,?3) ON CONFLICT (msgid) DO UPDATE SET message = iif(message = 0, ?3, message)", msgid, thread, id); err != nil {
			return err
		}
		if _, err := t.tx.ExecContext(t.ctx, adoptQuery, id, msgid); err != nil {
			return err
		}
	}
	parent, after, err := t.parent(id, chain)
	if err != nil {
		return err
	}
	_, err = t.tx.ExecContext(t.ctx, "UPDATE messages SET thread = ?, parent = ?, after = ? WHERE id = ?", thread, parent, after, id)
	return err
}

// chainOf returns what a message refers to, the nearest last. References count
// for more than In-Reply-To, which some programs fill with other things.
func chainOf(e *mail.Envelope, msgid string) []string {
	chain := e.References
	if len(chain) == 0 && len(e.InReplyTo) > 0 && strings.Contains(e.InReplyTo[0], "@") {
		chain = e.InReplyTo[:1]
	}
	return slices.DeleteFunc(slices.Clone(chain), func(r string) bool { return r == msgid })
}

func (t *threader) known(ids []string) (threads []int64, err error) {
	for _, id := range ids {
		var n int64
		err := t.tx.QueryRowContext(t.ctx, "SELECT thread FROM ids WHERE msgid = ?", id).Scan(&n)
		if errors.Is(err, sql.ErrNoRows) || id == "" {
			continue
		}
		if err != nil {
			return nil, err
		}
		if !slices.Contains(threads, n) {
			threads = append(threads, n)
		}
	}
	return threads, nil
}

// What is written in them of empty strings and of 0 is for SQLite: it uses an
// index over some of the rows only where a query names no others.
const (
	adoptQuery  = "UPDATE messages SET parent = ?1, after = '' WHERE after = ?2 AND after <> '' AND id <> ?1"
	joinQuery   = "UPDATE messages SET thread = ? WHERE thread = ? AND thread <> 0"
	joinIDQuery = "UPDATE ids SET thread = ? WHERE thread = ?"
	sizeQuery   = "SELECT count(*) FROM ids WHERE thread = ?"
)

// join makes several conversations one, and returns which. The largest takes up
// the others, so that a message changes its conversation a few times only,
// however many are joined.
func (t *threader) join(threads []int64) (into int64, err error) {
	if len(threads) == 1 {
		return threads[0], nil
	}
	size := map[int64]int{}
	for _, n := range threads {
		var rows int
		if err := t.tx.QueryRowContext(t.ctx, sizeQuery, n).Scan(&rows); err != nil {
			return 0, err
		}
		size[n] = rows
	}
	into = slices.MaxFunc(threads, func(a, b int64) int { return cmp.Or(cmp.Compare(size[a], size[b]), cmp.Compare(b, a)) })
	for _, n := range threads {
		if n == into {
			continue
		}
		for _, q := range []string{joinQuery, joinIDQuery} {
			if _, err := t.tx.ExecContext(t.ctx, q, into, n); err != nil {
				return 0, err
			}
		}
	}
	return into, nil
}

// parent returns the nearest message referred to that is here; and the nearest
// of all, if that may still come.
func (t *threader) parent(id int64, chain []string) (parent int64, after string, err error) {
	for i, ref := range slices.Backward(chain) {
		err := t.tx.QueryRowContext(t.ctx, "SELECT message FROM ids WHERE msgid = ? AND message NOT IN (0, ?)", ref, id).Scan(&parent)
		if errors.Is(err, sql.ErrNoRows) {
			continue
		}
		if err != nil {
			return 0, "", err
		}
		if i < len(chain)-1 {
			after = chain[len(chain)-1]
		}
		return parent, after, nil
	}
	if len(chain) > 0 {
		after = chain[len(chain)-1]
	}
	return 0, after, nil
}
