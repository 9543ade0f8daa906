package client

import "context"

// A Quota is how much of a resource may be used, and how much is (RFC 9208,
// section 5): STORAGE in units of 1024 octets, MESSAGE in messages.
type Quota struct {
	Root, Resource string
	Used, Limit    int64
}

// maxQuotas bounds the quotas that are taken in.
const maxQuotas = 100

// Quota asks for the quotas that a mailbox falls under (RFC 9208, section
// 4.1.2).
func (c *Client) Quota(ctx context.Context, mailbox string) (list []Quota, err error) {
	err = c.Do(ctx, "GETQUOTAROOT", func(r *Response) bool {
		switch r.Name {
		case "QUOTAROOT":
		case "QUOTA":
			list = append(list, parseQuota(r)...)
			list = list[:min(len(list), maxQuotas)]
		default:
			return false
		}
		return true
	}, c.Name(mailbox))
	return list, err
}

func parseQuota(r *Response) (list []Quota) {
	root, _ := r.text()
	r.space()
	r.list(func() {
		q := Quota{Root: root}
		q.Resource, _ = r.text()
		q.Resource = upper(q.Resource)
		q.Used, q.Limit = r.number(), r.number()
		if len(list) < maxQuotas {
			list = append(list, q)
		}
	})
	return list
}
