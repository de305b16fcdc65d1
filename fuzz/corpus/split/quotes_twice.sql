select 'it''s; fine', "a""b;", E'\\'';', 'x';;
