package cache

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"time"

	"posthorn/mail"
)

// storeJournal is the first version of the schema whose journal lies in the store.
const storeJournal = 4

// oldItem is a message of a job as an earlier version noted it.
type oldItem struct {
	ID    int64      `json:"id"`
	Flags mail.Flags `json:"flags"` // before the job
}

// handOver gives the journal that a cache of an earlier version holds to the store,
// which takes it once, however often it is given.
func (db *DB) handOver(ctx context.Context, tx *sql.Tx, have int) error {
	if have == 0 || have >= storeJournal {
		return nil
	}
	jobs, err := oldJobs(ctx, tx, have, db.slot)
	if err != nil || len(jobs) == 0 {
		return err
	}
	if err := db.journal.TakeOver(ctx, jobs); err != nil {
		return foreign(fmt.Errorf("hand over the journal: %w", err))
	}
	return nil
}

// oldJobs reads the journal of an earlier version, with the numbers that its jobs
// had.
func oldJobs(ctx context.Context, tx *sql.Tx, version, slot int) ([]mail.Job, error) {
	more := "'', 0"
	if version > 1 {
		more = "j.why, j.after"
	}
	rows, err := tx.QueryContext(ctx, `SELECT j.id, j.op, coalesce(f.name, ''), j.items, j.add_flags, j.remove_flags, j.raw, j.date, j.attempts, j.started, `+more+`
		FROM journal j LEFT JOIN folders f ON f.id = j.target ORDER BY j.id`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var jobs []mail.Job
	var items [][]oldItem
	for rows.Next() {
		var j mail.Job
		var op, list string
		var date int64
		if err := rows.Scan(&j.Seq, &op, &j.To, &list, &j.Add, &j.Remove, &j.Raw, &date, &j.Attempts, &j.Begun, &j.Why, &j.After); err != nil {
			return nil, err
		}
		j.Op, j.Date = mail.Op(op), time.Unix(date, 0)
		var its []oldItem
		if json.Unmarshal([]byte(list), &its) != nil {
			continue // it is damaged: about which messages it was nobody knows
		}
		if j.To == "" && (j.Op == mail.OpMove || j.Op == mail.OpCopy) {
			continue // the folder is gone
		}
		jobs, items = append(jobs, j), append(items, its)
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	return locateOld(ctx, tx, slot, jobs, items)
}

// locateOld finds where the source has the messages of jobs. It drops jobs without
// any.
func locateOld(ctx context.Context, tx *sql.Tx, slot int, jobs []mail.Job, items [][]oldItem) (kept []mail.Job, err error) {
	for i, j := range jobs {
		for _, it := range items[i] {
			l := mail.Located{ID: mail.NewID(slot, it.ID), Flags: it.Flags}
			var uid any
			var received sql.NullInt64
			err := tx.QueryRowContext(ctx, `SELECT coalesce(f.name, ''), coalesce(f.validity, 0), iif(p.message IS NULL, m.uid, p.uid), m.msgid, m.received, m.size
				FROM messages m LEFT JOIN placed p ON p.message = m.id LEFT JOIN folders f ON f.id = coalesce(p.folder, m.folder) WHERE m.id = ?`, it.ID).
				Scan(&l.At.Mailbox, &l.At.Validity, &uid, &l.MessageID, &received, &l.Size)
			if err == sql.ErrNoRows {
				continue // it is gone
			}
			if err != nil {
				return nil, err
			}
			l.At.UID = uidOf(uid)
			if received.Valid {
				l.Received = time.Unix(received.Int64, 0)
			}
			if j.Op == mail.OpAppend {
				l.At = mail.Place{}
			}
			j.Items = append(j.Items, mail.Item{Located: l})
		}
		if len(j.Items) > 0 {
			kept = append(kept, j)
		}
	}
	return kept, nil
}
