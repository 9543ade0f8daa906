package client

import (
	"context"
	"strings"
)

// Enable turns extensions on and returns, in upper case, those that the server
// did turn on (RFC 9051, section 6.3.1).
func (c *Client) Enable(ctx context.Context, extensions ...string) (enabled []string, err error) {
	err = c.Do(ctx, "ENABLE", func(r *Response) bool {
		if r.Name != "ENABLED" {
			return false
		}
		enabled = append(enabled, strings.Fields(strings.ToUpper(r.Text()))...)
		return true
	}, strings.Join(extensions, " "))
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, name := range enabled {
		c.utf8 = c.utf8 || name == "UTF8=ACCEPT"
	}
	return enabled, err
}

// UTF8 reports whether UTF8=ACCEPT is turned on (RFC 6855).
func (c *Client) UTF8() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.utf8
}
