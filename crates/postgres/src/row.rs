//! Rows as diesel reads them.

use std::{num::NonZeroU32, ops::Range};

use diesel::{
    backend::Backend,
    pg::{Pg, PgValue, TypeOidLookup},
    row::{Field, PartialRow, Row, RowIndex, RowSealed},
};

use crate::session::RawRow;

/// A row of a result.
#[expect(missing_debug_implementations, reason = "a row may hold secrets")]
pub struct PostgresRow(pub(crate) RawRow);

/// One value of a row.
#[expect(missing_debug_implementations, reason = "a value may be a secret")]
pub struct PostgresField<'r> {
    row: &'r RawRow,
    place: usize,
}

impl RowSealed for PostgresRow {}

impl<'c> Row<'c, Pg> for PostgresRow {
    type Field<'f>
        = PostgresField<'f>
    where
        'c: 'f,
        Self: 'f;
    type InnerPartialRow = Self;

    fn field_count(&self) -> usize {
        self.0.values.len()
    }

    fn get<'r, I>(&'r self, index: I) -> Option<Self::Field<'r>>
    where
        'c: 'r,
        Self: RowIndex<I>,
    {
        let place = self.idx(index)?;
        Some(PostgresField { row: &self.0, place })
    }

    fn partial_row(&self, range: Range<usize>) -> PartialRow<'_, Self::InnerPartialRow> {
        PartialRow::new(self, range)
    }
}

impl RowIndex<usize> for PostgresRow {
    fn idx(&self, index: usize) -> Option<usize> {
        (index < self.0.values.len()).then_some(index)
    }
}

impl<'n> RowIndex<&'n str> for PostgresRow {
    fn idx(&self, name: &'n str) -> Option<usize> {
        self.0.columns.0.iter().position(|column| column.name == name)
    }
}

impl<'f> Field<'f, Pg> for PostgresField<'f> {
    fn field_name(&self) -> Option<&str> {
        Some(&self.row.columns.0[self.place].name)
    }

    fn value(&self) -> Option<<Pg as Backend>::RawValue<'_>> {
        let range = self.row.values[self.place].clone()?;
        Some(PgValue::new(&self.row.bytes[range], self))
    }
}

impl TypeOidLookup for PostgresField<'_> {
    fn lookup(&self) -> NonZeroU32 {
        // No type has the number zero; one that claimed it would be read as `unknown`.
        const UNKNOWN: NonZeroU32 = NonZeroU32::new(705).unwrap();
        NonZeroU32::new(self.row.columns.0[self.place].type_oid).unwrap_or(UNKNOWN)
    }
}
