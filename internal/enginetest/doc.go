// Package enginetest is what tests of runs need: the real engine where there is one ([Require]), a program that misbehaves in every
// way we know ([BadTask]), a check that a run left nothing ([Witness]), and an engine of paper for the faults that a real one does not
// produce on demand ([Fake]). Only tests import it.
//
// Four variables of the environment matter: MECA_TEST_ENGINE=required makes a missing engine a failure, and MECA_TEST_PODMAN=required a
// missing Podman, which the tests start themselves; MECA_TEST_ENGINE_ALONE says
// that nobody else uses the engine, so that everything in it is compared; MECA_TEST_CYCLES is how often the tests that look for rare
// faults try.
package enginetest
