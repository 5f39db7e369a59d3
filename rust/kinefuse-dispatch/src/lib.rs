//! The attribute [`macro@dispatch`] of the kernels.

use proc_macro::TokenStream;
use quote::{format_ident, quote};
use syn::punctuated::Punctuated;
use syn::{Error, FnArg, GenericParam, Ident, ItemFn, Result, Token, parse_macro_input};

/// Compiles a function of `kinefuse_core` once for each CPU level that it names, and once for the
/// level every CPU has; a call runs the highest that the CPU and `cpu::set_level` allow.
///
/// `#[dispatch(avx2)]`, or `#[dispatch(avx512, avx2)]` where the highest pays. The body should be
/// plain loops: a closure or a helper that is not inlined does not get the level's instructions.
/// [`multiversion`](https://docs.rs/multiversion) does the work; this puts a switch before it, by
/// which tests hold the levels against each other in one process.
#[proc_macro_attribute]
pub fn dispatch(levels: TokenStream, function: TokenStream) -> TokenStream {
    let levels = parse_macro_input!(levels with Punctuated::<Ident, Token![,]>::parse_terminated);
    let function = parse_macro_input!(function as ItemFn);
    let levels: Vec<String> = levels.iter().map(Ident::to_string).collect();
    let levels: Vec<&str> = levels.iter().map(String::as_str).collect();
    expand(&levels, function)
        .unwrap_or_else(Error::into_compile_error)
        .into()
}

const AVX2: &str = "x86_64+avx2";
const AVX512: &str = "x86_64+avx512f+avx512vl+avx512bw+avx512dq";

fn expand(levels: &[&str], function: ItemFn) -> Result<proc_macro2::TokenStream> {
    let highest = match levels {
        ["avx2"] => quote!(avx2),
        ["avx512", "avx2"] => quote!(avx512),
        _ => {
            let message = "expected dispatch(avx2) or dispatch(avx512, avx2)";
            return Err(Error::new(function.sig.ident.span(), message));
        }
    };
    let ItemFn {
        attrs,
        vis,
        sig,
        block,
        ..
    } = function;

    // Arguments may be patterns: the outer function gives them names to pass them on by.
    let mut outer = sig.clone();
    let mut names = Vec::new();
    for (i, argument) in outer.inputs.iter_mut().enumerate() {
        let FnArg::Typed(argument) = argument else {
            return Err(Error::new_spanned(argument, "dispatch: not for methods"));
        };
        let name = format_ident!("argument_{i}");
        *argument.pat = syn::parse_quote!(#name);
        names.push(name);
    }
    let generics = sig.generics.params.iter().filter_map(|p| match p {
        GenericParam::Type(p) => Some(&p.ident),
        GenericParam::Const(p) => Some(&p.ident),
        GenericParam::Lifetime(_) => None,
    });
    let generics = quote!(::<#(#generics),*>);

    let version = |name: &str, targets: &[&str]| {
        let mut sig = sig.clone();
        sig.ident = format_ident!("{name}");
        let targets = (!targets.is_empty())
            .then(|| quote!(#[::multiversion::multiversion(targets(#(#targets),*))]));
        quote!(#targets #sig #block)
    };
    let baseline = version("baseline", &[]);
    let avx2 = version("avx2", &[AVX2]);
    let avx512 = (levels.len() > 1).then(|| version("avx512", &[AVX512, AVX2]));

    Ok(quote! {
        #(#attrs)*
        #vis #outer {
            #baseline
            #avx2
            #avx512
            match crate::cpu::level() {
                crate::cpu::Level::Baseline => baseline #generics (#(#names),*),
                crate::cpu::Level::Avx2 => avx2 #generics (#(#names),*),
                crate::cpu::Level::Avx512 => #highest #generics (#(#names),*),
            }
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_levels_and_methods_are_refused() {
        let function: ItemFn = syn::parse_quote!(
            fn f(x: &[f32]) {}
        );
        assert!(expand(&["avx2"], function.clone()).is_ok());
        assert!(expand(&[], function.clone()).is_err());
        assert!(expand(&["neon"], function).is_err());
        assert!(
            expand(
                &["avx2"],
                syn::parse_quote!(
                    fn f(&self) {}
                )
            )
            .is_err()
        );
    }
}
