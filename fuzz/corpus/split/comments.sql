-- one;
select 1 /* ; /* ; */ ; */ -- ;
, 2;;
/* last */