package search

import (
	"maps"
	"slices"

	tea "charm.land/bubbletea/v2"

	"posthorn/mail"
)

// This file takes messages off the results, and puts them back: a search is not
// asked again after each change, as a folder is.

// TakeOff takes messages off the results; from tells the folder that each lies in,
// or 0.
func (m Model) TakeOff(ids []mail.ID, from func(mail.ID) mail.FolderID) Model {
	return m.setOff(func(off map[mail.ID]away) {
		for _, id := range ids {
			off[id] = away{from(id), m.looks.Last()}
		}
	})
}

// PutBack puts messages among the results again.
func (m Model) PutBack(ids []mail.ID) Model {
	return m.setOff(func(off map[mail.ID]away) {
		for _, id := range ids {
			delete(off, id)
		}
	})
}

func (m Model) setOff(change func(map[mail.ID]away)) Model {
	if m.on {
		m.off = maps.Clone(m.off)
		change(m.off)
	}
	return m
}

// LookBack looks which messages that were taken off are where they were, and has
// [Model.Update] show those again.
func (m Model) LookBack() (Model, tea.Cmd) {
	if len(m.off) == 0 {
		return m, nil
	}
	n, ids := m.looks.Ask(), slices.Collect(maps.Keys(m.off))
	return m, func() tea.Msg {
		rows, err := m.engine.Rows(m.ctx, ids)
		if err != nil {
			return Failed{err}
		}
		return wentBack{m.number, n, rows}
	}
}

func (m Model) wentBack(msg wentBack) Model {
	if !m.looks.Take(msg.n) {
		return m
	}
	var ids []mail.ID
	for _, s := range msg.rows {
		if a := m.off[s.ID]; a.from != 0 && a.from == s.Folder && msg.n > a.look {
			ids = append(ids, s.ID)
		}
	}
	return m.PutBack(ids)
}
