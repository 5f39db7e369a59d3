use super::{PIECE, Rows, Writing};
use proptest::prelude::{Just, Strategy, any, prop, prop_assert, prop_assert_eq, proptest};

const COMMAS: Writing = Writing {
    separator: b',',
    decimal: b'.',
    columns: 3,
    empty: true,
};

fn parse(text: &str, writing: Writing, wanted: &[usize]) -> Option<Vec<f64>> {
    let rows = Rows::of(text.as_bytes());
    let mut out = vec![0.0; rows.len() * wanted.len()];
    rows.parse_into(writing, wanted, &mut out)
        .unwrap()
        .then_some(out)
}

#[test]
fn wanted_columns_in_the_order_asked_for() {
    let text = "1,a,2.5\n-3,é,4e1\r\n5,,6";
    assert_eq!(
        parse(text, COMMAS, &[2, 0]),
        Some(vec![2.5, 1.0, 40.0, -3.0, 6.0, 5.0])
    );
}

#[test]
fn decimal_commas() {
    let writing = Writing {
        separator: b';',
        decimal: b',',
        columns: 2,
        empty: true,
    };
    assert_eq!(parse("1,5;2\n", writing, &[0, 1]), Some(vec![1.5, 2.0]));
}

#[test]
fn an_empty_cell_is_nan() {
    let found = parse("1,,3\n,2,\n", COMMAS, &[0, 1, 2]).unwrap();
    assert_eq!(
        found.iter().map(|v| v.is_nan()).collect::<Vec<_>>(),
        [false, true, false, true, false, true]
    );
}

#[test]
fn an_empty_cell_may_be_refused() {
    let full = Writing {
        empty: false,
        ..COMMAS
    };
    assert!(parse("1,NaN,3\n", full, &[0, 1, 2]).is_some());
    assert!(parse("1,,3\n", full, &[0, 2]).is_some());
    for text in ["1,,3\n", "1,2,\n", ",2,3"] {
        assert_eq!(parse(text, full, &[0, 1, 2]), None);
    }
}

#[test]
fn what_is_not_plain_is_left_to_others() {
    for text in [
        "1,2\n",
        "1,2,3,4\n",
        "1,2,3,\n",
        "1, 2,3\n",
        "1,2,3 \n",
        "1,\"2\",3\n",
        "1,x,3\n",
        "1,2,3\n\n4,5,6\n",
        "\n1,2,3\n",
        "1,2,3\n\n",
        "1,2,3\r4,5,6\n",
        "1,2,3\n4,5",
        "1,2.3.4,5\n",
        "\r\n",
    ] {
        assert_eq!(parse(text, COMMAS, &[0, 1, 2]), None, "{text:?}");
    }
}

#[test]
fn no_text_has_no_rows() {
    assert!(Rows::of(b"").is_empty());
    assert_eq!(parse("", COMMAS, &[0]), Some(vec![]));
}

#[test]
fn arguments_that_make_no_sense_are_refused() {
    let rows = Rows::of(b"1,2,3\n");
    let mut out = [0.0; 2];
    for (writing, wanted) in [
        (COMMAS, vec![0, 3]),
        (COMMAS, vec![1, 1]),
        (COMMAS, vec![]),
        (COMMAS, vec![0]),
        (
            Writing {
                separator: b'.',
                ..COMMAS
            },
            vec![0, 1],
        ),
        (
            Writing {
                separator: b'-',
                ..COMMAS
            },
            vec![0, 1],
        ),
    ] {
        assert!(rows.parse_into(writing, &wanted, &mut out).is_err());
    }
}

fn cell() -> impl Strategy<Value = String> {
    proptest::prop_oneof![
        5 => any::<f32>().prop_map(|v| if v.is_finite() { format!("{v}") } else { "NaN".into() }),
        3 => any::<i16>().prop_map(|v| format!("{}", f64::from(v) / 100.0)),
        1 => Just(String::new()),
    ]
}

proptest! {
    #[test]
    fn any_table_comes_back(
        table in (1usize..5).prop_flat_map(|columns| prop::collection::vec(
            prop::collection::vec(cell(), columns), 1..30)),
        repeats in 1usize..300,
        ended in any::<bool>(),
    ) {
        let columns = table[0].len();
        // A row of one empty cell is a blank line.
        let table: Vec<_> = table.into_iter().filter(|row| row.iter().any(|c| !c.is_empty()) || columns > 1).collect();
        let lines: Vec<_> = table.iter().map(|row| row.join(";")).collect();
        let mut text = format!("{}\n", lines.join("\n")).repeat(if table.is_empty() { 0 } else { repeats });
        if !ended { text.pop(); }
        let writing = Writing { separator: b';', decimal: b'.', columns, empty: true };
        let wanted: Vec<_> = (0..columns).collect();
        if !(text.ends_with(';') || text.is_empty()) || ended {
            let found = parse(&text, writing, &wanted);
            prop_assert!(found.is_some(), "{:?}", &text[..text.len().min(99)]);
            let found = found.unwrap();
            let expected = table.iter().flatten().map(|c| c.parse().unwrap_or(f64::NAN));
            let expected: Vec<u64> = expected.map(f64::to_bits).collect();
            prop_assert_eq!(found.len(), expected.len() * if table.is_empty() { 0 } else { repeats });
            for (v, e) in found.iter().zip(expected.iter().cycle()) {
                prop_assert!(v.to_bits() == *e || (v.is_nan() && f64::from_bits(*e).is_nan()));
            }
        }
    }

    #[test]
    fn any_bytes_do_no_harm(text in prop::collection::vec(proptest::sample::select(b"01,.-\n\r e;\"N".to_vec()), 0..200)) {
        let rows = Rows::of(&text);
        let mut out = vec![0.0; rows.len() * 2];
        rows.parse_into(COMMAS, &[0, 2], &mut out).unwrap();
    }
}

fn code(text: &str, column: usize) -> Option<(Vec<i32>, Vec<String>)> {
    let rows = Rows::of(text.as_bytes());
    let mut out = vec![0; rows.len()];
    let names = rows.code_into(COMMAS, column, 3, &mut out).unwrap()?;
    Some((out, names.into_iter().map(str::to_owned).collect()))
}

#[test]
fn names_are_numbered_as_they_come() {
    let text = "1,walk,2\n1, sit,2\r\n1,sit ,2\n1,,2\n1,\u{e9},2\n1,walk,";
    let names = ["walk", "sit", "\u{e9}"].map(str::to_owned).to_vec();
    assert_eq!(code(text, 1), Some((vec![0, 1, 1, -1, 2, 0], names)));
    assert_eq!(code("1,2,  \n", 2), Some((vec![0], vec![String::new()])));
}

#[test]
fn too_many_names_and_odd_rows_are_left_to_others() {
    for text in [
        "1,a,2\n1,b,2\n1,c,2\n1,d,2\n",
        "1,a\n",
        "1,a,2,3\n",
        "1,a,2\n\n",
    ] {
        assert_eq!(code(text, 1), None, "{text:?}");
    }
    let rows = Rows::of(b"1,\xff,2\n");
    assert!(rows.code_into(COMMAS, 1, 3, &mut [0]).unwrap().is_none());
    assert!(rows.code_into(COMMAS, 3, 3, &mut [0]).is_err());
    assert!(rows.code_into(COMMAS, 1, 3, &mut []).is_err());
}

#[test]
fn names_of_all_pieces_are_one_list() {
    let text = format!(
        "{}{}",
        "1,b,2\n".repeat(PIECE / 6 + 9),
        "1,a,2\n1,b,2\n".repeat(PIECE / 12)
    );
    let (codes, names) = code(&text, 1).unwrap();
    assert_eq!(names, ["b", "a"]);
    assert_eq!(codes.len(), text.lines().count());
    assert!(
        codes
            .iter()
            .zip(text.lines())
            .all(|(&c, l)| l.contains(&names[c as usize]))
    );
}

#[test]
fn pieces_make_no_difference() {
    let row = "123.25,abc,-7\n";
    let text = row.repeat(3 * PIECE / row.len());
    let found = parse(&text, COMMAS, &[0, 2]).unwrap();
    assert_eq!(found.len(), 2 * (3 * PIECE / row.len()));
    assert!(found.chunks(2).all(|row| row == [123.25, -7.0]));
}
