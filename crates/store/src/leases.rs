//! Leases: who may run a job at the moment. Global: they belong to no application.

use diesel::{BoolExpressionMethods, ExpressionMethods, QueryDsl, RunQueryDsl};
use passgate_core::{clock_watch::TOLERANCE, time::Timestamp};

use crate::{
    connection::{Tx, on_either},
    error::StoreError,
    schema::leases,
};

/// Takes the lease, or extends it for the one who holds it. False while somebody else holds it. A lease that ends much
/// later than any that could be taken now was taken by a clock that was ahead: it is free.
///
/// # Errors
///
/// [`StoreError`] if the database fails.
pub fn acquire(
    tx: &mut Tx<'_>,
    name: &str,
    holder: &str,
    now: Timestamp,
    expires_at: Timestamp,
) -> Result<bool, StoreError> {
    let taken = tx.run("leases.acquire", |conn| {
        let impossible = expires_at.plus(TOLERANCE);
        let free = leases::expires_at
            .le(now.to_naive())
            .or(leases::expires_at.gt(impossible.to_naive()))
            .or(leases::holder.eq(holder));
        diesel::update(leases::table.filter(leases::name.eq(name)).filter(free))
            .set((
                leases::holder.eq(holder),
                leases::expires_at.eq(expires_at.to_naive()),
            ))
            .execute(conn)
    })?;
    if taken == 1 {
        return Ok(true);
    }
    let inserted = tx.run("leases.acquire", |conn| {
        on_either!(conn, conn => diesel::insert_into(leases::table)
            .values((leases::name.eq(name), leases::holder.eq(holder), leases::expires_at.eq(expires_at.to_naive())))
            .on_conflict_do_nothing()
            .execute(conn))
    })?;
    Ok(inserted == 1)
}

/// Extends the lease, if it is still the holder's. False if it is not.
///
/// # Errors
///
/// [`StoreError`] if the database fails.
pub fn renew(tx: &mut Tx<'_>, name: &str, holder: &str, expires_at: Timestamp) -> Result<bool, StoreError> {
    let renewed = tx.run("leases.renew", |conn| {
        diesel::update(
            leases::table
                .filter(leases::name.eq(name))
                .filter(leases::holder.eq(holder)),
        )
        .set(leases::expires_at.eq(expires_at.to_naive()))
        .execute(conn)
    })?;
    Ok(renewed == 1)
}

/// Gives the lease back, if it is still the holder's.
///
/// # Errors
///
/// [`StoreError`] if the database fails.
pub fn release(tx: &mut Tx<'_>, name: &str, holder: &str) -> Result<(), StoreError> {
    tx.run("leases.release", |conn| {
        diesel::delete(
            leases::table
                .filter(leases::name.eq(name))
                .filter(leases::holder.eq(holder)),
        )
        .execute(conn)
    })?;
    Ok(())
}
