package runner

import "fmt"

// maxLayers is how many layers' progress is followed; an image has 127 at most.
const maxLayers = 512

// A pullProgress shows how far the layers of an image have come: a line for each quarter of each, where an engine sends hundreds.
type pullProgress map[string]int // the quarters that were shown, by the layer and what is done with it

// line is what is to be shown of a message with a progress bar; "" for nothing.
func (p pullProgress) line(m buildMessage) string {
	d := m.ProgressDetail
	if d.Total <= 0 || d.Current < 0 || d.Current > d.Total || len(p) > maxLayers {
		return ""
	}
	key := m.ID + " " + m.Status
	quarter := int(4 * d.Current / d.Total)
	if quarter <= p[key] {
		return ""
	}
	p[key] = quarter
	return fmt.Sprintf("%s: %s %d %% of %s", m.ID, m.Status, 25*quarter, size(d.Total))
}
