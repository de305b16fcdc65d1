select 'a' -- note
  'b;'; select 'a' 'b;'; select e'a'
'\\';';
