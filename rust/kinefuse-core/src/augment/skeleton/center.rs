//! Joint 0 of each frame as the centre, which is how the published CMC-CMKM code does it.

use crate::augment::View;

/// Subtracts joint 0 of each frame and keeps it in the view's scratch.
pub(super) fn take_out(view: &mut View<'_>) {
    view.scratch.clear();
    for frame in view.data.chunks_exact_mut(view.shape.points) {
        let center = frame[0];
        view.scratch.push(center);
        for x in frame {
            *x -= center;
        }
    }
}

/// Adds what [`take_out`] kept.
pub(super) fn put_back(view: &mut View<'_>) {
    let frames = view.data.chunks_exact_mut(view.shape.points);
    for (frame, center) in frames.zip(&*view.scratch) {
        for x in frame {
            *x += center;
        }
    }
}
