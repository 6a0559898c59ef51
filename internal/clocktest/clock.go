// Package clocktest measures what a test's own work costs, whatever else the machine does at the same time. Only tests import it.
package clocktest
