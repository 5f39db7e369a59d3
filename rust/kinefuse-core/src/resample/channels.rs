//! Compiles a kernel once for each common number of channels.

/// `with_channels!(c, C => expr)`: `expr` with the constant `C` equal to `c` where it is a common
/// number of channels, and 0 otherwise. A frame of known length is copied without a call.
macro_rules! with_channels {
    ($c:expr, $C:ident => $body:expr) => {
        match $c {
            1 => with_channels!(@ 1, $C, $body),
            2 => with_channels!(@ 2, $C, $body),
            3 => with_channels!(@ 3, $C, $body),
            4 => with_channels!(@ 4, $C, $body),
            6 => with_channels!(@ 6, $C, $body),
            9 => with_channels!(@ 9, $C, $body),
            12 => with_channels!(@ 12, $C, $body),
            _ => with_channels!(@ 0, $C, $body),
        }
    };
    (@ $value:literal, $C:ident, $body:expr) => {{
        const $C: usize = $value;
        $body
    }};
}
pub(super) use with_channels;
