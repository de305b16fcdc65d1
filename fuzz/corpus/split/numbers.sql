select 1.5e10, 1e, 0x1F;select 1_000;select .5;select 1..2;
