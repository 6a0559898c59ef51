// Package enginetest is what tests of runs need: the real engine where there is one ([Require]), a program that misbehaves in every
// way we know ([BadTask]), a check that a run left nothing ([Witness]), and an engine of paper for the faults that a real one does not
// produce on demand ([Fake]). Only tests import it.
package enginetest
