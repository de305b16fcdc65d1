select 1 +-- ;
 2 */* ; */ 3; select 1 <-- c
 2; select a#>>'{;}', a@-1;
