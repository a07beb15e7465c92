with found as (
    select
        platform_id,
        entity,
        native_id,
        'loader' as found_by,
        reason,
        payload,
        source_name,
        observed_at
    from {{ ref('stg_ops__quarantine') }}
    union all
    select
        platform_id,
        entity,
        native_id,
        found_by,
        reason,
        null as payload,
        source_name,
        observed_at
    from (
        {{ ill_typed_rows() }}
    )
    union all
    select
        platform_id,
        entity,
        native_id,
        'facts' as found_by,
        reason,
        null as payload,
        source_name,
        observed_at
    from {{ ref('int_order_problems') }}
)

select
    {{ hashed_key([
        'platform_id', 'entity', 'native_id', 'found_by', 'reason', 'payload', 'source_name', moment_text('observed_at'),
    ]) }} as quarantine_id,
    found.*
from found
