//! Every kind of check against real files: in step, drifted in every way, and not to be known.
